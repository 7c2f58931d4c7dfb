//! How long the link to a finished video lives.

/// The provider keeps results for 14 days (docs; some users say less, so saving at once stays the advice).
const LIFE_MS: u64 = 14 * DAY_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
const HOUR_MS: u64 = 3_600_000;

/// What to say about a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkLife {
    /// A day or more is left.
    Fresh {
        /// Whole days left, 1 to 14.
        days_left: u32,
    },
    /// Less than a day is left.
    Soon {
        /// Hours left, begun ones counted, 1 to 24.
        hours_left: u32,
    },
    /// The time is over.
    Expired,
}

impl LinkLife {
    /// The life of a link whose video was complete at `completed_ms`, seen at `now_ms`; both on the wall clock. A clock
    /// that was set back makes a link no older than new.
    pub fn at(completed_ms: u64, now_ms: u64) -> LinkLife {
        let age = now_ms.saturating_sub(completed_ms);
        match LIFE_MS.saturating_sub(age) {
            0 => LinkLife::Expired,
            left if left >= DAY_MS => LinkLife::Fresh { days_left: (left / DAY_MS) as u32 },
            left => LinkLife::Soon { hours_left: left.div_ceil(HOUR_MS) as u32 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, LinkLife::Fresh { days_left: 14 })]
    #[case(1, LinkLife::Fresh { days_left: 13 })]
    #[case(13 * DAY_MS, LinkLife::Fresh { days_left: 1 })]
    #[case(13 * DAY_MS + 1, LinkLife::Soon { hours_left: 24 })]
    #[case(14 * DAY_MS - 1, LinkLife::Soon { hours_left: 1 })]
    #[case(14 * DAY_MS, LinkLife::Expired)]
    #[case(u64::MAX - 1_000, LinkLife::Expired)]
    fn a_link_lives_14_days(#[case] age_ms: u64, #[case] expected: LinkLife) {
        assert_eq!(LinkLife::at(1_000, 1_000 + age_ms), expected);
    }

    #[test]
    fn a_clock_that_was_set_back_is_no_miracle() {
        assert_eq!(LinkLife::at(1_000_000, 0), LinkLife::Fresh { days_left: 14 });
    }
}
