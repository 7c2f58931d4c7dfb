//! No way leads inside the network.

use super::rig::{Answer, Origin, get, item, proxy, redirecting, trusting, video, with_range, without_range};
use futures_util::future::BoxFuture;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use vireo_media_proxy::{Config, Lookup, MediaProxy};

/// Every name is at one address.
#[derive(Debug)]
struct Fixed {
    address: IpAddr,
    asked: AtomicUsize,
}

impl Fixed {
    fn at(address: &str) -> Arc<Fixed> {
        Arc::new(Fixed { address: address.parse().unwrap(), asked: AtomicUsize::new(0) })
    }
}

impl Lookup for Fixed {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let address = self.address;
        Box::pin(async move { Ok(vec![address]) })
    }
}

fn is_refused(answer: &Answer) -> bool {
    let body = r#"{"code":502,"data":null,"msg":"the file's address is not one this server opens"}"#;
    answer.status == 502 && answer.text() == body
}

#[tokio::test]
async fn an_address_inside_is_not_even_connected_to() {
    let origin = Origin::raw("", false).await;
    let port = origin.base.rsplit(':').next().unwrap();
    let proxy = proxy(&[]);
    for url in [
        origin.url(),
        format!("https://127.0.0.1:{port}/v.mp4"),
        format!("https://localhost:{port}/v.mp4"),
        format!("https://[::ffff:127.0.0.1]:{port}/v.mp4"),
        format!("https://2130706433:{port}/v.mp4"),
        format!("https://a.example@127.0.0.1:{port}/v.mp4"),
    ] {
        let answer = get(&proxy, &item(&url), &[]).await;
        assert!(is_refused(&answer), "{url}: {answer:?}");
    }
    assert_eq!(origin.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_public_name_of_a_private_address_is_refused_by_the_one_lookup_there_is() {
    for address in ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"] {
        let lookup = Fixed::at(address);
        let proxy = MediaProxy::new(Config { lookup: lookup.clone(), ..Config::default() }).unwrap();
        let answer = get(&proxy, &item("https://rebind.example/v.mp4"), &[]).await;
        assert!(is_refused(&answer), "{address}: {answer:?}");
        assert_eq!(lookup.asked.load(Ordering::SeqCst), 1, "{address}");
    }
}

#[tokio::test]
async fn redirects_are_checked_as_the_start_is() {
    let inside = with_range().await;
    for location in [
        inside.url(),
        inside.url().replace("http://", "https://"),
        inside.url().replace("http:", ""),
        inside.url().replace("127.0.0.1", "localhost"),
        inside.url().replace("127.0.0.1", "2130706433"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "https://metadata.google.internal/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "https://user:pass@a.example/v.mp4".to_owned(),
        "https://a.example:8443/v.mp4".to_owned(),
        "http://a.example/v.mp4".to_owned(),
    ] {
        let first = redirecting(location.clone()).await;
        let answer = get(&proxy(&[&first]), &item(&first.url()), &[]).await;
        assert!(is_refused(&answer), "{location}: {answer:?}");
    }
    assert_eq!(inside.count(), 0);
}

#[tokio::test]
async fn a_redirect_to_a_name_inside_is_refused_on_connecting() {
    let first = redirecting("https://rebind.example/v.mp4").await;
    let config = Config { lookup: Fixed::at("127.0.0.1"), ..trusting(&[&first]) };
    let answer = get(&MediaProxy::new(config).unwrap(), &item(&first.url()), &[]).await;
    assert!(is_refused(&answer), "{answer:?}");
}

#[tokio::test]
async fn three_redirects_are_followed_and_four_are_not() {
    let end = without_range("video/mp4", video().0).await;
    let third = redirecting(end.url()).await;
    let second = redirecting(third.url()).await;
    let first = redirecting(second.url()).await;
    let start = redirecting(first.url()).await;
    let proxy = proxy(&[&end, &third, &second, &first, &start]);
    let answer = get(&proxy, &item(&first.url()), &[]).await;
    assert_eq!((answer.status, answer.bytes), (200, Some(video())));
    assert_eq!(get(&proxy, &item(&start.url()), &[]).await.status, 502);
}

#[tokio::test]
async fn a_redirect_may_be_relative_but_must_lead_somewhere() {
    let circle = redirecting("/again").await;
    let answer = get(&proxy(&[&circle]), &item(&circle.url()), &[]).await;
    assert_eq!((answer.status, circle.count()), (502, 4));
    let nowhere = Origin::raw("HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n", false).await;
    assert_eq!(get(&proxy(&[&nowhere]), &item(&nowhere.url()), &[]).await.status, 502);
}

#[tokio::test]
async fn an_allowed_name_is_looked_up_and_may_be_inside() {
    let origin = with_range().await;
    let base = origin.base.replace("127.0.0.1", "media.test");
    let config = Config {
        allow_media_origins: vec![base.clone()],
        lookup: Fixed::at("127.0.0.1"),
        ..Config::default()
    };
    let url = [&base, "/v/a.mp4"].concat();
    let answer = get(&MediaProxy::new(config).unwrap(), &item(&url), &[]).await;
    assert_eq!(answer.status, 200);
}
