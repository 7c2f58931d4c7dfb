//! How many connections each address holds.

use crate::guesses::Peer;
use axum::http::HeaderMap;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A large office behind one address.
const MOST: u32 = 512;

/// The connections of all addresses but this machine's own, where a proxy may stand for everybody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crowd(Arc<Mutex<HashMap<IpAddr, u32>>>);

/// One connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    crowd: Crowd,
    address: Option<IpAddr>,
}

impl Crowd {
    /// Lets a connection in; `None` if its address has as many as it may.
    pub(crate) fn enter(&self, peer: Peer) -> Option<Place> {
        let address = peer.counted(&HeaderMap::new());
        if let Some(address) = address {
            let mut crowd = self.lock();
            let count = crowd.entry(address).or_default();
            if *count >= MOST {
                return None;
            }
            *count += 1;
        }
        Some(Place { crowd: self.clone(), address })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut crowd = self.crowd.lock();
        if let Some(count) = crowd.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                crowd.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_no_more() {
        let crowd = Crowd::default();
        let [one, other, here] = [[192, 0, 2, 1], [192, 0, 2, 2], [127, 0, 0, 1]].map(|ip| Peer(ip.into()));
        let mut places: Vec<Place> = (0..MOST).map_while(|_| crowd.enter(one)).collect();
        assert_eq!(places.len(), MOST as usize);
        assert!(crowd.enter(one).is_none());
        assert!(crowd.enter(other).is_some() && crowd.enter(here).is_some());
        places.pop();
        assert!(crowd.enter(one).is_some());
        drop(places);
        assert!(crowd.lock().is_empty());
    }
}
