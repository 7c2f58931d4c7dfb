//! The fields that decide who the page speaks to.

use crate::browser::net::Secret;
use crate::browser::remember::Passphrase;
use crate::i18n::{T, Text};
use crate::state::{Job, Studio, keep_key};
use crate::ui::{Choice, El, choices, el, field, outward, paragraph, ticked, told};
use leptos::prelude::*;
use vireo_client::Connection;
use wasm_bindgen::JsValue;
use web_sys::HtmlInputElement;

const DIRECT: &str = "direct";
const RELAY: &str = "relay";

/// The connection a person is choosing. Copied into the studio by [`Form::save`], and only then.
#[derive(Clone)]
pub struct Form {
    studio: Studio,
    text: Text,
    connection: RwSignal<&'static str>,
    key: HtmlInputElement,
    token: HtmlInputElement,
    remember: RwSignal<bool>,
    passphrase: HtmlInputElement,
    trouble: RwSignal<Option<T>>,
}

impl Form {
    /// The fields as they are now.
    pub fn new(studio: Studio, text: Text) -> Self {
        let now = if studio.net().connection() == Connection::Relay { RELAY } else { DIRECT };
        let (key, token, passphrase) = (secret_field(), secret_field(), secret_field());
        key.set_attribute("aria-describedby", "api-key-note").unwrap_or_default();
        passphrase.set_attribute("aria-describedby", "new-passphrase-note").unwrap_or_default();
        Form {
            studio,
            text,
            connection: RwSignal::new(now),
            key,
            token,
            remember: RwSignal::new(false),
            passphrase,
            trouble: RwSignal::new(None),
        }
    }

    /// Takes what was entered and calls `done`. Where something is wrong it says what; a missing key is wrong if it is
    /// `needed`.
    pub fn save(&self, needed: bool, done: impl Fn() + 'static) {
        let connection =
            if self.connection.get_untracked() == RELAY { Connection::Relay } else { Connection::Direct };
        let typed = if connection == Connection::Relay { self.token.value() } else { self.key.value() };
        let secret = Secret::new(&typed);
        let remember = connection == Connection::Direct && self.remember.get_untracked();
        let passphrase = Passphrase::new(&self.passphrase.value()).filter(|_| remember);
        let missing = secret.is_none() && connection == Connection::Direct && !self.has_key();
        let trouble = match secret {
            None if !typed.trim().is_empty() => Some(T::ConnectKeyUnreadable),
            None if missing && (needed || remember) => Some(T::ConnectKeyMissing),
            _ if remember && passphrase.is_none() => Some(T::ConnectPassphraseShort),
            _ => None,
        };
        self.trouble.set(trouble);
        if trouble.is_some() {
            return;
        }
        for field in [&self.key, &self.token, &self.passphrase] {
            field.set_value("");
        }
        let studio = self.studio;
        // There is one key: another one takes the place of what is remembered.
        if secret.is_some() && connection == Connection::Direct && !remember {
            studio.ask(Job::ForgetKey);
        }
        studio.connect(connection, secret);
        let Some(passphrase) = passphrase else { return done() };
        let trouble = self.trouble;
        studio.spawn(async move {
            let kept = match keep_key(studio, passphrase).await {
                Ok(keeping) => keeping.await,
                Err(_) => false,
            };
            match kept {
                true => done(),
                false => _ = trouble.try_set(Some(T::ConnectNotKept)),
            }
        });
    }

    fn has_key(&self) -> bool {
        let net = self.studio.net();
        net.is_ready() && net.connection() == Connection::Direct
    }

    /// Draws the fields.
    pub fn fields(&self) -> Vec<El> {
        let Form { studio, text, connection, key, token, remember, passphrase, trouble } = self.clone();
        let repeats = move || {
            text.of(if studio.sent_once.get() { T::ConnectSentOnce } else { T::ConnectMayRepeat }).to_owned()
        };
        // The demo's own is nobody's.
        if self.has_key() && !studio.demo.get_untracked() {
            key.set_placeholder(text.of(T::ConnectKeyKept));
        }
        let link = outward("https://kie.ai/api-key", text.of(T::ConnectKeyWhere));
        let kept = move || {
            text.of(if remember.get() { T::ConnectKeyRemembered } else { T::ConnectKeyNote }).to_owned()
        };
        let note = el("p").class("field__note").id("api-key-note").live_text(kept).text(" ").child(link);
        let tick = el("input")
            .attr("type", "checkbox")
            .live_prop("checked", move || remember.get().into())
            .on("change", move |event| remember.set(ticked(&event)));
        let tick = el("label").class("check").child(tick).text(text.of(T::ConnectRemember));
        let choice = field("new-passphrase", text.of(T::ConnectPassphrase), El::from(passphrase))
            .child(paragraph("field__note", text.of(T::ConnectPassphraseNote)).id("new-passphrase-note"))
            .live_flag("hidden", move || !remember.get());
        vec![
            choices(
                "connection",
                text.of(T::Connection),
                vec![
                    Choice::new(DIRECT, text.of(T::ConnectionKey)),
                    Choice::new(RELAY, text.of(T::ConnectionRelay)),
                ],
                connection.into(),
                |_| true,
                "",
                move |value| connection.set(value),
            ),
            field("api-key", text.of(T::ConnectKey), El::from(key))
                .child(tick)
                .child(note)
                .child(choice)
                .child(el("p").class("field__note").live_text(repeats))
                .live_flag("hidden", move || connection.get() == RELAY),
            field("relay-token", text.of(T::ConnectToken), El::from(token))
                .child(paragraph("field__note", text.of(T::ConnectRelayNote)))
                .live_flag("hidden", move || connection.get() == DIRECT),
            told("alert", "note note--danger", move || trouble.get().map(|key| text.of(key).to_owned())),
        ]
    }
}

/// A field for a secret: masked by style, so that it keeps the role of a text box; by type where the style is not known.
pub fn secret_field() -> HtmlInputElement {
    let field = el("input").class("input input--secret").attr("autocomplete", "off");
    let field: HtmlInputElement = field.attr("autocapitalize", "off").attr("spellcheck", "false").node();
    let style = js_sys::Reflect::get(&field, &"style".into()).unwrap_or(JsValue::UNDEFINED);
    let masks = js_sys::Reflect::has(&style, &"webkitTextSecurity".into()).unwrap_or(false);
    field.set_type(if masks { "text" } else { "password" });
    field
}
