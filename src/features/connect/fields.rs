//! The fields that decide who the page speaks to.

use crate::browser::net::Secret;
use crate::i18n::{T, Text};
use crate::state::Studio;
use crate::ui::{Choice, El, choices, el, field, outward, paragraph, told};
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
    trouble: RwSignal<Option<T>>,
}

impl Form {
    /// The fields as they are now.
    pub fn new(studio: Studio, text: Text) -> Self {
        let now = if studio.net().connection() == Connection::Relay { RELAY } else { DIRECT };
        let (key, token) = (secret_field(), secret_field());
        key.set_attribute("aria-describedby", "api-key-note").unwrap_or_default();
        Form { studio, text, connection: RwSignal::new(now), key, token, trouble: RwSignal::new(None) }
    }

    /// Takes what was entered. False where something is wrong, and says what; a missing key is wrong if it is `needed`.
    pub fn save(&self, needed: bool) -> bool {
        let connection =
            if self.connection.get_untracked() == RELAY { Connection::Relay } else { Connection::Direct };
        let typed = if connection == Connection::Relay { self.token.value() } else { self.key.value() };
        let secret = Secret::new(&typed);
        let trouble = match (&secret, connection) {
            (None, _) if !typed.trim().is_empty() => Some(T::ConnectKeyUnreadable),
            (None, Connection::Direct) if needed && !self.has_key() => Some(T::ConnectKeyMissing),
            _ => None,
        };
        self.trouble.set(trouble);
        if trouble.is_some() {
            return false;
        }
        self.key.set_value("");
        self.token.set_value("");
        self.studio.connect(connection, secret);
        true
    }

    fn has_key(&self) -> bool {
        let net = self.studio.net();
        net.is_ready() && net.connection() == Connection::Direct
    }

    /// Draws the fields.
    pub fn fields(&self) -> Vec<El> {
        let Form { studio, text, connection, key, token, trouble } = self.clone();
        let repeats = move || {
            text.of(if studio.sent_once.get() { T::ConnectSentOnce } else { T::ConnectMayRepeat }).to_owned()
        };
        if self.has_key() {
            key.set_placeholder(text.of(T::ConnectKeyKept));
        }
        let link = outward("https://kie.ai/api-key", text.of(T::ConnectKeyWhere));
        let note =
            paragraph("field__note", text.of(T::ConnectKeyNote)).id("api-key-note").text(" ").child(link);
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
                .child(note)
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
fn secret_field() -> HtmlInputElement {
    let field = el("input").class("input input--secret").attr("autocomplete", "off");
    let field: HtmlInputElement = field.attr("autocapitalize", "off").attr("spellcheck", "false").node();
    let style = js_sys::Reflect::get(&field, &"style".into()).unwrap_or(JsValue::UNDEFINED);
    let masks = js_sys::Reflect::has(&style, &"webkitTextSecurity".into()).unwrap_or(false);
    field.set_type(if masks { "text" } else { "password" });
    field
}
