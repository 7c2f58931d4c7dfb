//! Wrong access tokens, by where they come from: after some of them that address is not listened to for a while.

use axum::http::HeaderMap;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

/// So many wrong tokens in a window.
const TRIES: u32 = 20;
const WINDOW_S: u64 = 60;
/// Addresses that are remembered at once; beyond that the oldest windows end early.
const REMEMBERED: usize = 10_000;

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

/// One household has one IPv4 address, and a whole /64 of IPv6.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        ip => ip,
    }
}

/// Wrong tokens in the present window.
#[derive(Debug, Default)]
pub(crate) struct Guesses {
    by_address: HashMap<IpAddr, Window>,
}

#[derive(Debug)]
struct Window {
    since_s: u64,
    wrong: u32,
}

impl Guesses {
    /// After how many seconds an address is listened to again, if it has guessed too often.
    pub(crate) fn wait_s(&self, address: IpAddr, now_s: u64) -> Option<u64> {
        let window = self.by_address.get(&address).filter(|window| window.wrong >= TRIES)?;
        (window.since_s + WINDOW_S).checked_sub(now_s).filter(|wait| *wait > 0)
    }

    /// A wrong token has come from an address. True if it is not listened to from now on.
    pub(crate) fn wrong(&mut self, address: IpAddr, now_s: u64) -> bool {
        if self.by_address.len() >= REMEMBERED {
            self.by_address.retain(|_, window| window.since_s + WINDOW_S > now_s);
        }
        if self.by_address.len() >= REMEMBERED {
            self.by_address.clear();
        }
        let fresh = Window { since_s: now_s, wrong: 0 };
        let window = self.by_address.entry(address).or_insert(fresh);
        if window.since_s + WINDOW_S <= now_s {
            *window = Window { since_s: now_s, wrong: 0 };
        }
        window.wrong += 1;
        if window.wrong == TRIES {
            window.since_s = now_s;
        }
        window.wrong == TRIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn after_some_tries_an_address_waits() {
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut guesses = Guesses::default();
        for n in 1..TRIES {
            assert!(!guesses.wrong(here, 0), "{n}");
        }
        assert_eq!(guesses.wait_s(here, 10), None);
        assert!(guesses.wrong(here, 10));
        assert_eq!((guesses.wait_s(here, 10), guesses.wait_s(there, 10)), (Some(WINDOW_S), None));
        assert_eq!(guesses.wait_s(here, 10 + WINDOW_S), None);
        assert!(!guesses.wrong(here, 10 + WINDOW_S), "a new window");
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let mut guesses = Guesses::default();
        for n in 0..3 * REMEMBERED as u32 {
            guesses.wrong(IpAddr::from(n.to_be_bytes()), 0);
        }
        assert!(guesses.by_address.len() <= REMEMBERED);
    }

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
