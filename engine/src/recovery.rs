//! Opens a collection: maps what is sealed, and replays only what came after.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::collection::{Collection, FollowState, Sealing, Shared};
use crate::dirty::DirtyPoints;
use crate::document_view::DocumentView;
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::schema::{CollectionName, CollectionSchema};
use crate::store::Column;
use crate::store::keys::{self, CollectionId, Generation};
use crate::store::log::{EmbeddedLog, OperationLog};
use crate::store::manifest::StoredManifest;
use crate::store::records::{self, CollectionRecord, Counters};
use crate::vector_view::{NewRow, VectorShape, VectorView};
use crate::write::queue::WriteQueue;

/// Rows and changes replayed at a time.
const REPLAY_MAX: usize = 4_096;

/// The folder of everything derived of one collection.
pub(crate) fn collection_folder(root: &Path, id: CollectionId) -> PathBuf {
    root.join("views").join(id.0.to_string())
}

/// Opens a collection.
pub(crate) fn open_collection(
    shared: &Arc<Shared>,
    id: CollectionId,
    record: CollectionRecord,
) -> Result<Collection> {
    let generation = Generation(record.generation);
    let folder = collection_folder(&shared.folder, id);
    files::create_folder(&folder)?;
    let counters: Counters = shared
        .store
        .read_view()
        .record(
            Column::Meta,
            &keys::meta_of(keys::MetaKind::Counters, id),
            "counters",
        )?
        .unwrap_or_default();
    let vector_view = open_vector_view(shared, id, generation, &record.schema)?;
    let (document_view, dirty, must_rebuild) =
        open_document_view(shared, id, counters.sequence, &folder)?;
    let collection = Collection {
        id,
        generation,
        name: CollectionName::new(&record.name)
            .map_err(|error| Error::corrupt("a collection record", error.to_string()))?,
        schema: ArcSwap::from_pointee(record.schema),
        store: Arc::clone(&shared.store),
        options: shared.options,
        clock: Arc::clone(&shared.clock),
        shared: Arc::clone(shared),
        queue: WriteQueue::new(shared.options.write_queue_max),
        counters: Mutex::new(counters),
        vector_view,
        document_view,
        dirty,
        sealing: Sealing::default(),
        sealing_full: Mutex::new(()),
        following: Mutex::new(FollowState {
            must_rebuild,
            trimmed_through: 0,
        }),
        maintaining: Mutex::new(()),
        poison: Mutex::new(None),
        is_dropped: AtomicBool::new(false),
    };
    Ok(collection)
}

/// Opens the vector view. Where its files are broken it is discarded and made anew from the
/// store, which is slower and loses nothing.
fn open_vector_view(
    shared: &Arc<Shared>,
    id: CollectionId,
    generation: Generation,
    schema: &CollectionSchema,
) -> Result<VectorView> {
    let folder = collection_folder(&shared.folder, id).join(format!("vectors-{}", generation.0));
    let manifest = Arc::new(StoredManifest::new(
        Arc::clone(&shared.store),
        id,
        generation,
    ));
    let shape = VectorShape {
        dimensions: schema.dimensions as usize,
        distance: schema.distance,
        matryoshka: schema.model.is_some(),
    };
    let open = || VectorView::open(&folder, shape, Arc::clone(&manifest) as _, &shared.options);
    let view = match open() {
        Err(error) if error.kind() == ErrorKind::Corrupt => {
            tracing::warn!(%error, "discarding a broken vector view; rebuilding it from the store");
            VectorView::discard(&folder, manifest.as_ref())?;
            open()?
        }
        result => result?,
    };
    replay_rows(shared, id, generation, &view, schema.dimensions as usize)?;
    replay_retirements(shared, id, &view)?;
    Ok(view)
}

/// Adds the rows that are not in a sealed segment. Retired rows are gone from the store.
fn replay_rows(
    shared: &Shared,
    id: CollectionId,
    generation: Generation,
    view: &VectorView,
    dimensions: usize,
) -> Result<()> {
    let prefix = keys::rows(id, generation);
    let sealed_through = view.sealed_through();
    let start = sealed_through.map_or_else(|| prefix.clone(), |row| keys::row(id, generation, row));
    let mut rows = Vec::new();
    let applied = view.applied();
    shared
        .store
        .read_view()
        .scan(Column::Rows, &prefix, &start, |key, value| {
            let row = keys::row_id(key)
                .ok_or_else(|| Error::corrupt("a row key", format!("{} bytes", key.len())))?;
            if Some(row) == sealed_through {
                return Ok(true);
            }
            let (point, vector) = records::decode_row(value, dimensions)?;
            rows.push(NewRow { row, point, vector });
            if rows.len() >= REPLAY_MAX {
                view.apply(applied, std::mem::take(&mut rows), &[]);
                // Only a rebuild has more than an active segment to replay; it seals as it goes.
                while view.wants_work() && view.maintain(&shared.is_stopping)? {}
            }
            Ok(true)
        })?;
    view.apply(applied, rows, &[]);
    Ok(())
}

/// Marks the rows that were retired after the deleted sets were last made durable.
fn replay_retirements(shared: &Shared, id: CollectionId, view: &VectorView) -> Result<()> {
    let log = EmbeddedLog::new(&shared.store);
    let mut after = view.applied();
    loop {
        let changes = log.changes(id, after, REPLAY_MAX)?;
        let Some((last, _)) = changes.last() else {
            return Ok(());
        };
        after = *last;
        let retired: Vec<_> = changes
            .into_iter()
            .flat_map(|(_, change)| change.retired)
            .collect();
        view.apply(after, Vec::new(), &retired);
    }
}

/// Opens the document view and finds which points it does not show yet.
fn open_document_view(
    shared: &Shared,
    id: CollectionId,
    sequence: u64,
    folder: &Path,
) -> Result<(DocumentView, DirtyPoints, bool)> {
    let view = DocumentView::open(&folder.join("documents"))?;
    let dirty = DirtyPoints::default();
    let applied = view.applied();
    dirty.show(applied);
    if applied >= sequence {
        return Ok((view, dirty, applied > sequence));
    }
    let log = EmbeddedLog::new(&shared.store);
    let can_follow = log.first(id)?.is_some_and(|first| first <= applied + 1);
    if !can_follow {
        dirty.rebuild();
        return Ok((view, dirty, true));
    }
    let mut after = applied;
    loop {
        let changes = log.changes(id, after, REPLAY_MAX)?;
        let Some((last, _)) = changes.last() else {
            return Ok((view, dirty, false));
        };
        after = *last;
        for (changed, change) in &changes {
            dirty.mark(&change.numbers, *changed);
        }
    }
}
