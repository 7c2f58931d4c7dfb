//! The element's side of the app: what `vireo-studio.js` calls. The page of our own starts through [`crate::start`].

use crate::app::{self, Mounted};
use crate::browser::host::HostPage;
use crate::browser::net;
use crate::browser::prefs::{Keep, Prefs};
use crate::features::compose::{Early, by_host};
use crate::i18n;
use crate::lazy;
use crate::lazy::Missing;
use crate::state::{Place, Prefill, Studio, describe};
use js_sys::{Array, Function, Promise, Reflect};
use std::cell::RefCell;
use std::pin::Pin;
use veo_api::{Generate, json};
use vireo_client::{Config, Connection, read_config};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Blob, HtmlElement};

/// What is said to somebody who waits for a studio that was taken down.
const GONE: &str = "<vireo-studio> was taken down";

/// One mounted element.
#[wasm_bindgen]
pub struct StudioHandle {
    root: HtmlElement,
    mounted: RefCell<Option<Mounted>>,
}

/// What an element's attributes and its `config` say, read from a plain object of strings.
struct Options(JsValue);

impl Options {
    fn get(&self, name: &str) -> Option<String> {
        Reflect::get(&self.0, &name.into()).ok()?.as_string().filter(|text| !text.is_empty())
    }

    fn languages(&self) -> Vec<String> {
        self.get("lang").into_iter().collect()
    }

    fn prefill(&self) -> Prefill {
        Prefill {
            prompt: self.get("prompt"),
            model: self.get("model"),
            aspect_ratio: self.get("aspectRatio"),
            ..Prefill::default()
        }
    }

    /// A journal of its own for each namespace and relay: a task id means nothing to another relay.
    fn place(&self, host: HostPage, relay: &str) -> Place {
        let keep = match self.get("storage").as_deref() {
            Some("none") => Keep::Nothing,
            Some("session") => Keep::Tab,
            _ => Keep::Device,
        };
        let name = ["vireo-", &self.get("namespace").unwrap_or_else(|| "studio".into()), "@", relay].concat();
        Place {
            host: Some(host),
            prefs: Prefs::new(keep, [&name, "-"].concat()),
            name,
            keep,
            languages: self.languages(),
            prefill: self.prefill(),
        }
    }
}

/// What a relay says of itself in its `config.json`: an element near it needs no words of its own about where its videos
/// lie and how long they take. An empty text where it says nothing, soon.
#[wasm_bindgen(js_name = askRelay)]
pub fn ask_relay(relay: String) -> Promise {
    promised(Box::pin(async move {
        let said = match relay.is_empty() {
            true => None,
            false => net::read(&(net::absolute(&relay) + "config.json")).await,
        };
        Ok(said.unwrap_or_default().into())
    }))
}

/// Mounts a studio inside `root`. `told` is the relay's answer to [`ask_relay`]; `config` is a JSON text with fields of `config.json`; `options` holds the strings
/// `relay`, `model`, `aspectRatio`, `prompt`, `lang`, `storage` and `namespace`. See [`HostPage::new`] for the functions.
#[wasm_bindgen(js_name = mountStudio)]
pub fn mount_studio(
    root: HtmlElement,
    told: &str,
    config: &str,
    options: JsValue,
    emit: Function,
    token: Function,
) -> StudioHandle {
    let options = Options(options);
    let (config, error) = configure(told, config, options.get("relay"));
    let relay = net::absolute(&config.relay_base);
    let place = options.place(HostPage::new(emit, token), &relay);
    let mounted = app::mount(&root, place, config, error, Early::default());
    StudioHandle { root, mounted: RefCell::new(Some(mounted)) }
}

/// The configuration of an element, which speaks to a relay the host page names and to nothing else.
fn configure(told: &str, text: &str, relay: Option<String>) -> (Config, Option<String>) {
    let relay = relay.map(|relay| {
        // Relative to the page in any way an address may be.
        let quoted =
            js_sys::JSON::stringify(&net::absolute(&relay).into()).map(String::from).unwrap_or_default();
        ["{\"relayBase\":", &quoted, "}"].concat()
    });
    let unnamed = Config { relay_base: String::new(), connection: Connection::Relay, ..Config::default() };
    match read_config(&[text, relay.as_deref().unwrap_or_default()]) {
        Ok((config, unknown)) => {
            app::warn_of_unknown(unknown);
            if relay.is_none() {
                return (unnamed, Some("relay: the address of a relay".into()));
            }
            let mut config = Config { connection: Connection::Relay, ..config };
            if let Ok((told, _)) = read_config(&[told]) {
                if !names(text, "mediaOrigins") {
                    config.media_origins = told.media_origins;
                }
                if !names(text, "typicalSeconds") {
                    config.typical = told.typical;
                }
            }
            (config, None)
        }
        Err(error) => {
            // In the element's own words: it has no file.
            let field = if error.field == "relayBase" { "relay" } else { &error.field };
            (unnamed, Some([field, ": ", error.expected].concat()))
        }
    }
}

/// What a promise of the element comes to.
type Answer = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// Each kind of future would bring a kilobyte of its own into the first load, so all come as one kind.
fn promised(answer: Answer) -> Promise {
    future_to_promise(answer)
}

lazy! {
    work => fn made(studio: Studio, request: String) -> Answer {
        Box::pin(async move {
            let wished = Generate::from_param_json(&request)
                .ok_or_else(|| js_sys::Error::new("the request is not an object"))?;
            match by_host(studio, wished).await {
                Ok(intent) => Ok(describe(&intent)),
                Err((words, intent)) => {
                    let error = js_sys::Error::new(&words);
                    if let Some(intent) = intent {
                        Reflect::set(&error, &"task".into(), &describe(&intent))?;
                    }
                    Err(error.into())
                }
            }
        })
    }
}

lazy! {
    tools => fn library_file(studio: Studio) -> Pin<Box<dyn Future<Output = Option<Blob>>>> {
        Box::pin(studio.library_file())
    }
}

fn missing(_: Missing) -> JsValue {
    js_sys::Error::new("a part could not be loaded").into()
}

/// Whether a configuration says anything about a field.
fn names(config: &str, field: &str) -> bool {
    json::parse(config).is_some_and(|config| config.get(field).is_some())
}

#[wasm_bindgen]
impl StudioHandle {
    /// Lays what changed over a studio that runs: the language, and form values, which only prefill.
    pub fn set(&self, options: JsValue) {
        let options = Options(options);
        if let Some(studio) = self.studio() {
            if Reflect::has(&options.0, &"lang".into()).unwrap_or_default() {
                let wishes = app::wished_languages(&studio.prefs(), &options.languages());
                studio.show_language(i18n::choose(&wishes));
            }
            studio.draft.prefill(&options.prefill());
        }
    }

    /// The videos, newest first; see [`describe`](crate::state::describe).
    pub fn tasks(&self) -> Array {
        self.studio().map(Studio::tasks).unwrap_or_default()
    }

    /// Makes a video from a request in the provider's names. Answers with the task once it is accepted; an error says
    /// what is wrong, and where money may have been spent its `task` tells.
    pub fn generate(&self, request: &str) -> Promise {
        let request = request.to_owned();
        self.promise(|studio| Box::pin(async move { made(studio, request).await.map_err(missing)?.await }))
    }

    /// Ends once the records were read.
    pub fn opened(&self) -> Promise {
        let opened = self.studio().map(Studio::opened);
        promised(Box::pin(async move {
            if let Some(opened) = opened {
                opened.await.unwrap_or_default();
            }
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Brings a video into view, by its intent id or task id. False if there is none.
    pub fn open(&self, id: &str) -> bool {
        let found = self.studio().and_then(|studio| studio.task_named(id));
        found.is_some_and(|id| app::bring_into_view(&self.root, &id))
    }

    /// The records as a JSON file; neither a key nor a token is in it.
    #[wasm_bindgen(js_name = exportLibrary)]
    pub fn export_library(&self) -> Promise {
        self.promise(|studio| {
            Box::pin(async move {
                let file = library_file(studio).await.map_err(missing)?.await;
                Ok(file.ok_or_else(|| js_sys::Error::new("the records could not be put into a file"))?.into())
            })
        })
    }

    /// Takes the studio down. A paid request that is under way is left to arrive; everything else stops.
    pub fn destroy(&self) {
        // Taken first: what follows may call in again.
        if let Some(mounted) = self.mounted.take() {
            mounted.unmount();
        }
        self.root.set_text_content(None);
    }

    fn studio(&self) -> Option<Studio> {
        self.mounted.borrow().as_ref().map(|mounted| mounted.studio)
    }

    /// What the studio comes to with some work; an error once it is gone.
    fn promise(&self, work: impl FnOnce(Studio) -> Answer) -> Promise {
        let work = self.studio().map(|studio| studio.while_there(work(studio)));
        promised(Box::pin(async move {
            let done = match work {
                Some(work) => work.await,
                None => None,
            };
            done.unwrap_or_else(|| Err(js_sys::Error::new(GONE).into()))
        }))
    }
}
