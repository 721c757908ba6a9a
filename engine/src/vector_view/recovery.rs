//! Opens a view from its records, or forgets it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::files;

use super::manifest::{Manifest, ManifestStore, decode_deleted};
use super::memory::MemorySegment;
use super::row::VectorShape;
use super::sealed::{Sealed, SegmentPaths};
use super::state::{Member, State};

/// What the records in the store say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Saved {
    /// The id that the next segment takes; above every id ever used.
    pub(crate) next_segment: u64,
    /// Deletions up to this operation are in the deleted sets.
    pub(crate) applied: u64,
    /// By segment: how many rows its saved deleted set holds. A set only grows, so its size tells
    /// whether it has changed.
    pub(crate) deleted: BTreeMap<u64, u64>,
}

/// Opens the segments in the folder `segments`.
pub(crate) fn open(
    segments: &Path,
    shape: &VectorShape,
    store: &dyn ManifestStore,
) -> Result<(State, Saved)> {
    let mut state = State {
        sealed: Vec::new(),
        frozen: None,
        active: MemorySegment::new(shape.dimensions),
        sealed_through: None,
        applied: 0,
    };
    let mut saved = Saved::default();
    let Some((record, deleted)) = store.load()?.filter(|(record, _)| !record.is_empty()) else {
        remove_unnamed(segments, &saved)?;
        return Ok((state, saved));
    };
    let manifest = Manifest::decode(&record, shape)?;
    saved.next_segment = manifest.next_segment;
    saved.applied = manifest.applied;
    state.applied = manifest.applied;
    state.sealed_through = manifest.sealed_through;
    let deleted: BTreeMap<u64, Vec<u8>> = deleted.into_iter().collect();
    for (entry, table) in manifest.segments {
        let (id, rows) = (entry.id, entry.rows);
        let Some(record) = deleted.get(&id) else {
            let what = format!("the deleted set of segment {id}");
            return Err(Error::corrupt(what, "the record is missing"));
        };
        let dead = decode_deleted(record, id, rows)?;
        saved.deleted.insert(id, dead.len());
        let paths = SegmentPaths::new(segments, id);
        let segment = Sealed::open(&paths, entry, shape.dimensions)?;
        state.sealed.push(Member {
            segment: Arc::new(segment),
            dead: Arc::new(dead),
            table: Arc::new(table),
        });
    }
    remove_unnamed(segments, &saved)?;
    Ok((state, saved))
}

/// Removes what the manifest does not name: segments that were being written when the server
/// stopped, and merged ones that a crash left behind.
fn remove_unnamed(segments: &Path, saved: &Saved) -> Result<()> {
    files::create_folder(segments)?;
    let entries = std::fs::read_dir(segments).map_err(Error::io("list", segments))?;
    for entry in entries {
        let path = entry.map_err(Error::io("list", segments))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let id = name.and_then(|name| name.parse::<u64>().ok());
        if id.is_some_and(|id| saved.deleted.contains_key(&id)) {
            continue;
        }
        tracing::info!(path = %path.display(), "removing a segment that the manifest does not name");
        if path.is_dir() {
            files::remove_folder(&path)?;
        } else {
            std::fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        }
    }
    Ok(())
}

/// Removes the records first: folders without a manifest are garbage, a manifest without folders
/// would be corrupt.
pub(crate) fn discard(segments: &Path, store: &dyn ManifestStore) -> Result<()> {
    if let Some((_, deleted)) = store.load()? {
        let removed: Vec<u64> = deleted.into_iter().map(|(id, _)| id).collect();
        store.save(&[], &[], &removed)?;
    }
    files::remove_folder(segments)
}
