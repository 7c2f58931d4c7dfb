//! Who is at the other end of a connection, for counting wrong access tokens and connections.

use axum::http::HeaderMap;
use std::net::IpAddr;
use vireo_relay_core::guesses::network;

pub(crate) use vireo_relay_core::guesses::Guesses;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Peer {
    /// The address that is to be counted: that of the peer, or the one that a proxy on this machine has written last.
    /// `None` for this machine itself, from where everybody may come.
    pub(crate) fn counted(self, headers: &HeaderMap) -> Option<IpAddr> {
        if !self.0.to_canonical().is_loopback() {
            return Some(network(self.0));
        }
        let line = headers.get_all("x-forwarded-for").iter().next_back()?;
        let last = line.to_str().ok()?.rsplit(',').next()?;
        last.trim().parse().ok().map(network).filter(|ip| !ip.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("192.0.2.1", None, Some("192.0.2.1"))]
    #[case("192.0.2.1", Some("198.51.100.9"), Some("192.0.2.1"))]
    #[case("127.0.0.1", None, None)]
    #[case("::1", Some("junk"), None)]
    #[case("127.0.0.1", Some("10.9.9.9, 198.51.100.9"), Some("198.51.100.9"))]
    #[case("2001:db8:1:2:3:4:5:6", None, Some("2001:db8:1:2::"))]
    #[case("::ffff:192.0.2.1", None, Some("192.0.2.1"))]
    fn a_peer_is_counted_where_it_is(
        #[case] peer: &str,
        #[case] forwarded: Option<&str>,
        #[case] counted: Option<&str>,
    ) {
        let mut headers = HeaderMap::new();
        if let Some(forwarded) = forwarded {
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        }
        let peer = Peer(peer.parse().unwrap());
        assert_eq!(peer.counted(&headers), counted.map(|ip| ip.parse().unwrap()));
    }
}
