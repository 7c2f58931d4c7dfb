//! What must outlive the process: intents, the number of the last event, and the secret that signs addresses.

use crate::intent::{Intent, IntentId};
use crate::random;
use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase, ReadableTable, Table, TableDefinition};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::{fs, io};

/// Why the store could not do what it was asked. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or the file.
    #[error("{0}: {1}")]
    File(PathBuf, #[source] io::Error),
    /// Another process has it.
    #[error("{0} is in use by another relay; give each its own --data-dir")]
    InUse(PathBuf),
    /// The database.
    #[error("the database: {0}")]
    Database(#[from] Box<redb::Error>),
    /// A record that is no record.
    #[error("a record cannot be read: {0}")]
    Record(#[from] serde_json::Error),
    /// The system gives no random bytes.
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

impl StoreError {
    fn database(error: impl Into<redb::Error>) -> Self {
        StoreError::Database(Box::new(error.into()))
    }
}

/// What a reservation found.
#[derive(Clone, Debug, PartialEq)]
pub enum Reserved {
    /// Nobody had it; now it is reserved.
    New,
    /// It was there.
    Existing(Box<Intent>),
}

/// Keeps intents. Every call that changes something returns only once the change would survive a power cut, and
/// changes nothing if it fails. Calls may block for some milliseconds.
pub trait Store: Send + Sync + 'static {
    /// Adds an intent, unless there is one of its name.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn reserve(&self, intent: &Intent) -> Result<Reserved, StoreError>;

    /// Changes an intent in one transaction and returns it as it is then; `None` if there is none. Where the state or
    /// the task that browsers are told becomes another one, it gets the next event's number.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn change(
        &self,
        id: &IntentId,
        change: &mut dyn FnMut(&mut Intent),
    ) -> Result<Option<Intent>, StoreError>;

    /// An intent.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn get(&self, id: &IntentId) -> Result<Option<Intent>, StoreError>;

    /// All intents.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn all(&self) -> Result<Vec<Intent>, StoreError>;

    /// Forgets intents that last changed before a time in milliseconds since 1970.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn forget_before(&self, time_ms: u64) -> Result<(), StoreError>;

    /// Keeps a text under a name; the last one counts.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn note(&self, name: &str, text: &str) -> Result<(), StoreError>;

    /// The text under a name.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn noted(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// 32 random bytes, the same for the life of the store.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn secret(&self) -> Result<[u8; 32], StoreError>;
}

const INTENTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("intents");
const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("numbers");
const SECRETS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("secrets");
const NOTES: TableDefinition<'_, &str, &str> = TableDefinition::new("notes");
const LAST_EVENT: &str = "last event";
const CACHE_BYTES: usize = 8 << 20;

/// The store in one file of a folder, or in memory.
#[derive(Debug)]
pub struct Redb {
    /// `None` only while it is opened anew.
    database: RwLock<Option<Database>>,
    path: Option<PathBuf>,
}

impl Redb {
    /// Opens the store in a folder, which is made if need be.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open(dir: &Path) -> Result<Redb, StoreError> {
        let path = dir.join("relay.redb");
        make_private(dir, &path).map_err(|error| StoreError::File(dir.to_owned(), error))?;
        Redb::prepared(open_file(&path)?, Some(path))
    }

    /// A store that is gone with the process.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn in_memory() -> Result<Redb, StoreError> {
        let backend = InMemoryBackend::new();
        let database = Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(backend);
        Redb::prepared(database.map_err(StoreError::database)?, None)
    }

    fn prepared(database: Database, path: Option<PathBuf>) -> Result<Redb, StoreError> {
        let store = Redb { database: RwLock::new(Some(database)), path };
        store.write(|_, _| Ok(Wrote::Something(())))?;
        store.secret()?;
        Ok(store)
    }

    /// Uses the database. After a disk's error it refuses everything until it is opened anew, so that is tried.
    fn with<T>(&self, mut act: impl FnMut(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut attempt = || match &*self.database.read().unwrap_or_else(PoisonError::into_inner) {
            Some(database) => act(database),
            None => Err(StoreError::database(redb::Error::PreviousIo)),
        };
        match attempt() {
            Err(StoreError::Database(error)) if matches!(*error, redb::Error::PreviousIo) => {
                self.reopen()?;
                attempt()
            }
            done => done,
        }
    }

    fn reopen(&self) -> Result<(), StoreError> {
        if let Some(path) = &self.path {
            let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
            // Closed first: one file is not opened twice.
            *database = None;
            *database = Some(open_file(path)?);
        }
        Ok(())
    }

    fn write<T>(
        &self,
        mut act: impl FnMut(
            &mut Table<'_, &str, &[u8]>,
            &mut Table<'_, &str, u64>,
        ) -> Result<Wrote<T>, StoreError>,
    ) -> Result<T, StoreError> {
        self.with(|database| {
            let transaction = database.begin_write().map_err(StoreError::database)?;
            let wrote = {
                let mut intents = transaction.open_table(INTENTS).map_err(StoreError::database)?;
                let mut numbers = transaction.open_table(NUMBERS).map_err(StoreError::database)?;
                act(&mut intents, &mut numbers)?
            };
            match wrote {
                Wrote::Something(done) => {
                    transaction.commit().map_err(StoreError::database)?;
                    Ok(done)
                }
                // The disk is not waited for.
                Wrote::Nothing(done) => Ok(done),
            }
        })
    }
}

/// What a transaction has done to the store.
enum Wrote<T> {
    Something(T),
    Nothing(T),
}

fn open_file(path: &Path) -> Result<Database, StoreError> {
    match Database::builder().set_cache_size(CACHE_BYTES).create(path) {
        Ok(database) => Ok(database),
        Err(redb::DatabaseError::DatabaseAlreadyOpen) => Err(StoreError::InUse(path.to_owned())),
        Err(error) => Err(StoreError::database(error)),
    }
}

impl Store for Redb {
    fn reserve(&self, intent: &Intent) -> Result<Reserved, StoreError> {
        self.write(|intents, _| {
            let name = name(&intent.id);
            if let Some(existing) = read(intents, &name)? {
                return Ok(Wrote::Nothing(Reserved::Existing(Box::new(existing))));
            }
            put(intents, &name, intent)?;
            Ok(Wrote::Something(Reserved::New))
        })
    }

    fn change(
        &self,
        id: &IntentId,
        change: &mut dyn FnMut(&mut Intent),
    ) -> Result<Option<Intent>, StoreError> {
        self.write(|intents, numbers| {
            let name = name(id);
            let Some(before) = read(intents, &name)? else { return Ok(Wrote::Nothing(None)) };
            let mut after = before.clone();
            change(&mut after);
            if after == before {
                return Ok(Wrote::Nothing(Some(after)));
            }
            if (after.state(), &after.task_id) != (before.state(), &before.task_id) {
                let last = numbers.get(LAST_EVENT).map_err(StoreError::database)?.map_or(0, |n| n.value());
                after.event = last + 1;
                numbers.insert(LAST_EVENT, after.event).map_err(StoreError::database)?;
            }
            put(intents, &name, &after)?;
            Ok(Wrote::Something(Some(after)))
        })
    }

    fn get(&self, id: &IntentId) -> Result<Option<Intent>, StoreError> {
        self.with(|database| {
            let transaction = database.begin_read().map_err(StoreError::database)?;
            read(&transaction.open_table(INTENTS).map_err(StoreError::database)?, &name(id))
        })
    }

    fn all(&self) -> Result<Vec<Intent>, StoreError> {
        self.with(|database| {
            let transaction = database.begin_read().map_err(StoreError::database)?;
            let table = transaction.open_table(INTENTS).map_err(StoreError::database)?;
            let mut all = Vec::new();
            for entry in table.iter().map_err(StoreError::database)? {
                let (_, bytes) = entry.map_err(StoreError::database)?;
                all.push(serde_json::from_slice(bytes.value())?);
            }
            Ok(all)
        })
    }

    fn forget_before(&self, time_ms: u64) -> Result<(), StoreError> {
        self.write(|intents, _| {
            let old = |_: &str, bytes: &[u8]| {
                serde_json::from_slice::<Intent>(bytes).is_ok_and(|intent| intent.changed_ms < time_ms)
            };
            intents.retain(|name, bytes| !old(name, bytes)).map_err(StoreError::database)?;
            Ok(Wrote::Something(()))
        })
    }

    fn note(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.with(|database| {
            let transaction = database.begin_write().map_err(StoreError::database)?;
            let mut notes = transaction.open_table(NOTES).map_err(StoreError::database)?;
            notes.insert(name, text).map_err(StoreError::database)?;
            drop(notes);
            transaction.commit().map_err(StoreError::database)
        })
    }

    fn noted(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.with(|database| {
            let transaction = database.begin_read().map_err(StoreError::database)?;
            let notes = match transaction.open_table(NOTES) {
                Ok(notes) => notes,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
                Err(error) => return Err(StoreError::database(error)),
            };
            let found = notes.get(name).map_err(StoreError::database)?;
            Ok(found.map(|text| text.value().to_owned()))
        })
    }

    fn secret(&self) -> Result<[u8; 32], StoreError> {
        self.with(|database| {
            let transaction = database.begin_write().map_err(StoreError::database)?;
            let secret = {
                let mut secrets = transaction.open_table(SECRETS).map_err(StoreError::database)?;
                let kept = secrets.get("addresses").map_err(StoreError::database)?;
                let kept = kept.and_then(|bytes| bytes.value().try_into().ok());
                match kept {
                    Some(secret) => secret,
                    None => {
                        let fresh = random::bytes()?;
                        secrets.insert("addresses", fresh.as_slice()).map_err(StoreError::database)?;
                        fresh
                    }
                }
            };
            transaction.commit().map_err(StoreError::database)?;
            Ok(secret)
        })
    }
}

/// A caller's name has no such character.
fn name(id: &IntentId) -> String {
    [&id.caller, "\u{1f}", &id.key].concat()
}

fn read(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    name: &str,
) -> Result<Option<Intent>, StoreError> {
    match table.get(name).map_err(StoreError::database)? {
        Some(bytes) => Ok(Some(serde_json::from_slice(bytes.value())?)),
        None => Ok(None),
    }
}

fn put(table: &mut Table<'_, &str, &[u8]>, name: &str, intent: &Intent) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(intent)?;
    table.insert(name, bytes.as_slice()).map_err(StoreError::database)?;
    Ok(())
}

/// A folder and a file that only their owner reads: they hold the provider's answers and a secret. A folder that was
/// there is left as it is.
fn make_private(dir: &Path, file: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;
    let file = fs::OpenOptions::new().create(true).append(true).open(file)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(file);
    Ok(())
}

#[cfg(test)]
mod tests;
