//! The API key remembered on this device, where a person asks for that: encrypted under a passphrase that only they know,
//! for seven days.
//!
//! The record lies among the journal's notes. It names the hosts that the key is for, and the cipher vouches for them:
//! under another configuration it does not open.

use crate::browser::clock;
use crate::browser::journal::{BrowserJournal, NOTES};
use crate::browser::net::{Net, Secret};
use js_sys::{Array, JsString, Object, Reflect, Uint8Array};
use std::fmt;
use vireo_client::{Connection, JournalError};
use wasm_bindgen::prelude::*;

/// As much of the browser's cryptography as this needs.
#[wasm_bindgen]
extern "C" {
    type Subtle;

    #[wasm_bindgen(method, catch, js_name = importKey)]
    async fn import_key(
        this: &Subtle,
        format: &str,
        bytes: &Uint8Array,
        algorithm: &str,
        extractable: bool,
        uses: &Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = deriveKey)]
    async fn derive_key(
        this: &Subtle,
        how: &Object,
        from: &JsValue,
        what: &Object,
        extractable: bool,
        uses: &Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn encrypt(
        this: &Subtle,
        how: &Object,
        key: &JsValue,
        text: &Uint8Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn decrypt(
        this: &Subtle,
        how: &Object,
        key: &JsValue,
        sealed: &JsValue,
    ) -> Result<JsValue, JsValue>;
}

/// The record's name.
const KEY: &str = "key";
/// How long it is kept.
const LIFE_MS: u64 = 7 * 24 * 3_600_000;
/// Rounds of PBKDF2 with SHA-256, as OWASP asks for: about half a second, for every guess too.
const ROUNDS: u32 = 600_000;
/// Shorter passphrases are guessed all the same.
const SHORTEST: usize = 8;

/// What a person chose to lock the key with. It never shows itself.
pub struct Passphrase(String);

impl Passphrase {
    /// Takes what was typed, whichever way the keyboard composes its letters. `None` where it is too short.
    pub fn new(text: &str) -> Option<Self> {
        let text = String::from(JsString::from(text).normalize("NFKC"));
        (text.chars().count() >= SHORTEST).then_some(Passphrase(text))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Why the key stays locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locked {
    /// The passphrase is another one.
    Wrong,
    /// There is no key any more: its time is over, it was forgotten, or it was for other hosts.
    Gone,
    /// The browser does not let it be read or decrypted.
    Unreadable,
}

/// Keeps the key that is in use. The answer is until when; `None` where this browser cannot keep it.
pub async fn keep(journal: &BrowserJournal, net: &Net, passphrase: &Passphrase) -> Option<u64> {
    if net.connection() != Connection::Direct || journal.is_small() {
        return None;
    }
    let bearer = net.authorization().await.ok()??;
    let until = clock::now_ms() + LIFE_MS;
    let record = seal(&bearer, &net.key_bases(), until, passphrase).await.ok()?;
    journal.write(NOTES, KEY, &record).await.ok()?;
    Some(until)
}

/// Until when the key is kept here; `None` where none is.
pub async fn until(journal: &BrowserJournal, net: &Net) -> Result<Option<u64>, JournalError> {
    Ok(find(journal, net).await?.map(|(_, until)| until))
}

/// The key, for the passphrase it was locked with.
pub async fn unlock(journal: &BrowserJournal, net: &Net, passphrase: &Passphrase) -> Result<Secret, Locked> {
    let found = find(journal, net).await.map_err(|_| Locked::Unreadable)?;
    let (record, _) = found.ok_or(Locked::Gone)?;
    let opened = open(&record, &net.key_bases(), passphrase).await?;
    let bearer = String::from_utf8(Uint8Array::new(&opened).to_vec()).map_err(|_| Locked::Unreadable)?;
    Secret::new(&bearer).ok_or(Locked::Unreadable)
}

/// Deletes what is kept.
pub async fn forget(journal: &BrowserJournal) -> Result<(), JournalError> {
    if journal.is_small() { Ok(()) } else { journal.delete(NOTES, KEY).await }
}

/// The record and its end. One whose time is over, or that was for other hosts, is deleted.
async fn find(journal: &BrowserJournal, net: &Net) -> Result<Option<(JsValue, u64)>, JournalError> {
    if journal.is_small() {
        return Ok(None);
    }
    let Some(record) = journal.read(NOTES, KEY).await? else { return Ok(None) };
    let until = field(&record, "until").as_f64().unwrap_or_default() as u64;
    let now = clock::now_ms();
    let lives = now < until && until <= now + LIFE_MS;
    if lives && field(&record, "bases").as_string() == Some(net.key_bases()) {
        return Ok(Some((record, until)));
    }
    forget(journal).await?;
    Ok(None)
}

async fn open(record: &JsValue, bases: &str, passphrase: &Passphrase) -> Result<JsValue, Locked> {
    let prepare = async || {
        let rounds = field(record, "rounds").as_f64().unwrap_or_default() as u32;
        let key = derive(passphrase, &field(record, "salt"), rounds).await?;
        Ok::<_, JsValue>((subtle()?, cipher(&field(record, "nonce"), bases)?, key))
    };
    let (subtle, cipher, key) = prepare().await.map_err(|_| Locked::Unreadable)?;
    // The cipher tells no more than that something does not fit.
    subtle.decrypt(&cipher, &key, &field(record, "sealed")).await.map_err(|_| Locked::Wrong)
}

/// The record of a key.
async fn seal(bearer: &str, bases: &str, until: u64, passphrase: &Passphrase) -> Result<JsValue, JsValue> {
    let salt = Uint8Array::from(&clock::random_bytes::<16>()[..]).into();
    let nonce = Uint8Array::from(&clock::random_bytes::<12>()[..]).into();
    let key = derive(passphrase, &salt, ROUNDS).await?;
    let cipher = cipher(&nonce, bases)?;
    let sealed = subtle()?.encrypt(&cipher, &key, &Uint8Array::from(bearer.as_bytes())).await?;
    let record = object(&[
        ("bases", bases.into()),
        ("until", JsValue::from_f64(until as f64)),
        ("rounds", ROUNDS.into()),
        ("salt", salt),
        ("nonce", nonce),
        ("sealed", sealed),
    ])?;
    Ok(record.into())
}

/// The key of the cipher.
async fn derive(passphrase: &Passphrase, salt: &JsValue, rounds: u32) -> Result<JsValue, JsValue> {
    let subtle = subtle()?;
    let bytes = Uint8Array::from(passphrase.0.as_bytes());
    let material =
        subtle.import_key("raw", &bytes, "PBKDF2", false, &Array::of1(&"deriveKey".into())).await?;
    let how = object(&[
        ("name", "PBKDF2".into()),
        ("hash", "SHA-256".into()),
        ("salt", salt.clone()),
        ("iterations", rounds.into()),
    ])?;
    let what = object(&[("name", "AES-GCM".into()), ("length", 256.into())])?;
    let uses = Array::of2(&"encrypt".into(), &"decrypt".into());
    subtle.derive_key(&how, &material, &what, false, &uses).await
}

fn cipher(nonce: &JsValue, bases: &str) -> Result<Object, JsValue> {
    let bases = Uint8Array::from(bases.as_bytes()).into();
    object(&[("name", "AES-GCM".into()), ("iv", nonce.clone()), ("additionalData", bases)])
}

/// Missing on a page that came without TLS from another machine.
fn subtle() -> Result<Subtle, JsValue> {
    let subtle = field(&web_sys::window().ok_or(JsValue::NULL)?.crypto()?.into(), "subtle");
    if subtle.is_undefined() { Err(subtle) } else { Ok(subtle.unchecked_into()) }
}

fn object(fields: &[(&str, JsValue)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object)
}

fn field(record: &JsValue, name: &str) -> JsValue {
    Reflect::get(record, &name.into()).unwrap_or(JsValue::UNDEFINED)
}
