//! What leaves the page, and with what.

use veo_api::Host;
use vireo::browser::net::{Net, Secret};
use vireo_client::{Config, Connection, SendError};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_key_never_shows_itself() {
    let secret = Secret::new("  Bearer demo-key ").unwrap();
    assert_eq!(format!("{secret:?}"), "[redacted]");
    for unreadable in ["", "   ", "two words", "zeile\numbruch", "schlüssel"] {
        assert_eq!(Secret::new(unreadable), None, "{unreadable:?}");
    }
}

#[wasm_bindgen_test]
async fn without_a_key_nothing_is_sent_to_the_provider() {
    let net = Net::new(Config::default(), None);
    assert_eq!(net.authorization().await, Err(SendError::NoKey));
    net.set_secret(Secret::new("demo"));
    assert_eq!(net.authorization().await, Ok(Some("Bearer demo".into())));
}

#[wasm_bindgen_test]
async fn another_connection_drops_the_key() {
    let net = Net::new(Config::default(), None);
    net.set_secret(Secret::new("demo"));
    net.set_connection(Connection::Relay);
    assert_eq!(net.authorization().await, Ok(None));
    net.set_connection(Connection::Direct);
    assert_eq!(net.authorization().await, Err(SendError::NoKey));
}

#[wasm_bindgen_test]
fn bases_may_be_relative_to_the_page() {
    let config = Config { api_base: "./api-here".into(), ..Config::default() };
    let net = Net::new(config, None);
    let url = net.url(Host::Api, "api/v1/chat/credit");
    assert!(url.starts_with("http://") && url.ends_with("/api-here/api/v1/chat/credit"), "{url}");
    assert_eq!(net.url(Host::Upload, "x"), "https://kieai.redpandaai.co/x");
}
