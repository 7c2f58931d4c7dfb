//! What was found a moment ago, so that it is not asked for again at once.

use std::collections::BTreeMap;

/// Values under names, each for a time, and never more than so many.
#[derive(Debug)]
pub struct Recent<K, V> {
    most: usize,
    found: BTreeMap<K, (u64, V)>,
}

impl<K: Ord + Clone, V> Recent<K, V> {
    /// Room for `most` values.
    pub fn new(most: usize) -> Recent<K, V> {
        Recent { most, found: BTreeMap::new() }
    }

    /// What is known under a name at a time in milliseconds since 1970.
    pub fn get(&self, name: &K, now_ms: u64) -> Option<&V> {
        self.found.get(name).filter(|(until_ms, _)| now_ms < *until_ms).map(|(_, value)| value)
    }

    /// Keeps a value until a time. Where there is no room the one whose time ends first goes.
    pub fn put(&mut self, name: K, value: V, until_ms: u64) {
        if self.found.len() >= self.most && !self.found.contains_key(&name) {
            let first = self.found.iter().min_by_key(|(_, (until_ms, _))| *until_ms);
            if let Some(first) = first.map(|(name, _)| name.clone()) {
                self.found.remove(&first);
            }
        }
        self.found.insert(name, (until_ms, value));
    }

    /// Forgets a name.
    pub fn forget(&mut self, name: &K) {
        self.found.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_its_time_and_the_first_to_end_makes_room() {
        let mut recent = Recent::new(2);
        recent.put("a", 1, 100);
        recent.put("b", 2, 50);
        assert_eq!((recent.get(&"a", 99), recent.get(&"a", 100)), (Some(&1), None));
        recent.put("a", 3, 200);
        recent.put("c", 4, 150);
        assert_eq!(
            [recent.get(&"a", 0), recent.get(&"b", 0), recent.get(&"c", 0)],
            [Some(&3), None, Some(&4)]
        );
        recent.forget(&"a");
        assert_eq!(recent.get(&"a", 0), None);
    }
}
