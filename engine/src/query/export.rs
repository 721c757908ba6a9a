//! Every point of one moment, one after another.

use crate::collection::Collection;
use crate::error::Result;
use crate::point::Point;

use super::fetch;
use super::request::Include;

impl Collection {
    /// Calls `visit` with every point that is not expired, in the order in which their ids were
    /// first written, until it answers false. All of them are of one moment, whatever is written
    /// meanwhile, and one at a time is held in memory.
    pub fn export(&self, include: Include, mut visit: impl FnMut(Point) -> bool) -> Result<()> {
        let view = self.store.read_view();
        let now_ms = self.clock.now_ms();
        view.scan_points(self.id, None, |number, header| {
            if header.is_expired(now_ms) {
                return Ok(true);
            }
            Ok(visit(fetch::point(self, &view, number, header, include)?))
        })
    }
}
