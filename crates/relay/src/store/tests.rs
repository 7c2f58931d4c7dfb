//! What the disk is waited for, and who may read it.

use super::*;
use crate::order::{Kind, Order};
use redb::StorageBackend;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts how often the disk is waited for.
#[derive(Debug, Default)]
struct Disk {
    memory: InMemoryBackend,
    waits: Arc<AtomicUsize>,
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.memory.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.memory.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.waits.fetch_add(1, Ordering::SeqCst);
        self.memory.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.memory.write(offset, data)
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_it_in_a_folder_that_was_there() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("relay.redb");
    fs::write(&file, "").unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    drop(Redb::open(dir.path()).unwrap());
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_changes_nothing_waits_for_no_disk() {
    let waits = Arc::new(AtomicUsize::new(0));
    let disk = Disk { waits: Arc::clone(&waits), ..Disk::default() };
    let store = Redb::prepared(Database::builder().create_with_backend(disk).unwrap(), None).unwrap();
    let order = Order::read(Kind::Generate, br#"{"prompt":"a"}"#).unwrap();
    let id = IntentId { caller: "a".to_owned(), key: "k".to_owned() };
    let intent = Intent::new(id.clone(), &order, 1);
    let waited = |act: &dyn Fn()| {
        let before = waits.load(Ordering::SeqCst);
        act();
        waits.load(Ordering::SeqCst) > before
    };
    assert!(waited(&|| assert_eq!(store.reserve(&intent).unwrap(), Reserved::New)));
    assert!(!waited(&|| assert_ne!(store.reserve(&intent).unwrap(), Reserved::New)));
    assert!(!waited(&|| assert!(store.change(&id, &mut |_| {}).unwrap().is_some())));
    assert!(waited(&|| drop(store.change(&id, &mut |intent| intent.index = 1).unwrap())));
    assert_eq!(store.get(&id).unwrap().unwrap().index, 1);
}
