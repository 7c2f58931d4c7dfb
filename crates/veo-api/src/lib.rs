//! The wire format of the kie.ai Veo 3.1 API: what is sent, and what comes back.
//!
//! Requests are values ([`Generate::request`], [`record_info`], …) that somebody else sends; a [`Reply`] is what came
//! back, and the `read_…` functions make sense of it, however the server chose to spell it that day. Nothing here
//! does I/O, knows a clock, judges whether an address is safe to open, or decides whether to ask again: it says what
//! the provider said, and whether a paid request was definitely refused.
//!
//! ```
//! use veo_api::{Generate, Reply, Spent, read_created, spent_on_create};
//!
//! let request = Generate { prompt: "A paper boat".into(), ..Generate::default() }.request();
//! assert!(request.paid);
//!
//! let body = r#"{"code":402,"msg":"The current credits are insufficient.","data":null}"#;
//! let refused = read_created(&Reply { status: 200, body: body.into(), ..Reply::default() }).unwrap_err();
//! assert!(refused.is_out_of_credits());
//! assert_eq!(spent_on_create(&refused), Spent::No);
//! ```
//!
//! The comments name the origin of each fact of the API: *wire* (a captured response), *docs* (the provider's pages),
//! *client* (other public clients). Where the docs and the wire disagree, the wire wins and both are read.

#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod account;
mod callback;
mod error;
pub mod json;
mod record;
mod reply;
mod request;
mod shape;
mod task_id;
mod upgrade;
mod vocabulary;

pub use account::{Upload, read_credit, read_download_url, read_upload};
pub use callback::{Callback, read_callback};
pub use error::{ApiError, Class, Spent, classify_failure, spent_on_create};
pub use record::{Record, Status, read_record};
pub use reply::{Reply, read_created};
pub use request::{
    Body, Extend, Generate, Host, Method, Request, Upgrade4k, credit, download_url, get_1080p, record_info,
    upload_base64, upload_stream,
};
pub use task_id::TaskId;
pub use upgrade::{Upgrade, read_4k, read_1080p};
pub use vocabulary::{AspectRatio, Mode, Model, Resolution};
