//! Wrong access tokens, by where they come from: after some of them that address is not listened to for a while.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

/// So many wrong tokens in a window.
const TRIES: u32 = 20;
/// How long the window is, and how long nobody is listened to after too many.
pub const WINDOW_S: u64 = 60;
/// Addresses that are remembered at once; beyond that the oldest windows end early.
const REMEMBERED: usize = 10_000;

/// One household has one IPv4 address, and a whole /64 of IPv6.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        ip => ip,
    }
}

/// Wrong tokens in the present window, by address.
#[derive(Debug, Default)]
pub struct Guesses {
    by_address: HashMap<IpAddr, Window>,
}

/// The wrong tokens of one address.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Window {
    since_s: u64,
    wrong: u32,
}

impl Window {
    /// Without any so far.
    pub fn new(now_s: u64) -> Window {
        Window { since_s: now_s, wrong: 0 }
    }

    /// After how many seconds the address is listened to again, if it has guessed too often.
    pub fn wait_s(&self, now_s: u64) -> Option<u64> {
        let wait_s = (self.since_s + WINDOW_S).saturating_sub(now_s);
        (self.wrong >= TRIES && wait_s > 0).then_some(wait_s)
    }

    /// A wrong token has come. True if the address is not listened to from now on.
    pub fn wrong(&mut self, now_s: u64) -> bool {
        if self.is_over(now_s) {
            *self = Window::new(now_s);
        }
        self.wrong += 1;
        if self.wrong == TRIES {
            self.since_s = now_s;
        }
        self.wrong == TRIES
    }

    fn is_over(&self, now_s: u64) -> bool {
        self.since_s + WINDOW_S <= now_s
    }
}

impl Guesses {
    /// After how many seconds an address is listened to again, if it has guessed too often.
    pub fn wait_s(&self, address: IpAddr, now_s: u64) -> Option<u64> {
        self.by_address.get(&address)?.wait_s(now_s)
    }

    /// A wrong token has come from an address. True if it is not listened to from now on.
    pub fn wrong(&mut self, address: IpAddr, now_s: u64) -> bool {
        if self.by_address.len() >= REMEMBERED {
            self.by_address.retain(|_, window| !window.is_over(now_s));
        }
        if self.by_address.len() >= REMEMBERED {
            self.by_address.clear();
        }
        self.by_address.entry(address).or_insert_with(|| Window::new(now_s)).wrong(now_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
