//! When a free request is asked again, and when a paid one may leave. Randomness and time are arguments.

/// Ceiling of the back-off, in seconds.
const CEILING_S: f64 = 30.0;

/// A server's wish to wait is obeyed up to this, in seconds.
const MAX_RETRY_AFTER_S: u32 = 120;

/// Creations the account may start in [`WINDOW_MS`]; the provider's own limit is 20 (support, 2026-08).
const CREATIONS: usize = 18;

/// The window of the rate limit, in milliseconds: the provider's ten seconds, and one because it counts arrivals, and a
/// burst that was slow on its way must not meet the next one.
const WINDOW_MS: u64 = 11_000;

/// Seconds to wait after the `consecutive_errors`-th failed look in a row: full jitter from one second, doubling, at
/// least half a second; or what the server asked for. `random01` is in [0, 1).
pub fn after_poll_error(consecutive_errors: u32, retry_after_s: Option<u32>, random01: f64) -> f64 {
    if let Some(wait) = retry_after_s.filter(|wait| *wait > 0) {
        return f64::from(wait.min(MAX_RETRY_AFTER_S)) + random01;
    }
    let doubled = 1u32 << consecutive_errors.saturating_sub(1).min(5);
    let ceiling = f64::from(doubled).min(CEILING_S);
    (ceiling * random01).max(0.5)
}

/// Milliseconds until another creation may leave, given when earlier ones left; `None` for now. Times from the future
/// (the clock was set back) do not count.
pub fn wait_for_slot(recent_sent_ms: &[u64], now_ms: u64) -> Option<u64> {
    let begin = now_ms.saturating_sub(WINDOW_MS);
    let mut inside: Vec<u64> =
        recent_sent_ms.iter().copied().filter(|at| *at > begin && *at <= now_ms).collect();
    if inside.len() < CREATIONS {
        return None;
    }
    inside.sort_unstable();
    let oldest_that_must_leave = inside[inside.len() - CREATIONS];
    Some(oldest_that_must_leave + WINDOW_MS - now_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn eighteen_leave_at_once_and_the_next_waits_its_turn() {
        let sent: Vec<u64> = (0..17).map(|i| 1_000 + i).collect();
        assert_eq!(wait_for_slot(&sent, 2_000), None);
        let sent: Vec<u64> = (0..18).map(|i| 1_000 + i).collect();
        assert_eq!(wait_for_slot(&sent, 2_000), Some(10_000));
        assert_eq!(wait_for_slot(&sent, 12_001), None);
    }

    #[test]
    fn where_more_left_than_should_have_as_many_must_go_first() {
        let sent: Vec<u64> = (0..20).map(|i| 1_000 + i).collect();
        assert_eq!(wait_for_slot(&sent, 2_000), Some(10_002));
    }

    #[test]
    fn a_clock_set_back_does_not_block_for_a_day() {
        assert_eq!(wait_for_slot(&[86_400_000; 40], 1_000), None);
    }

    #[test]
    fn the_server_s_wish_is_obeyed_but_not_for_ever() {
        assert_eq!(after_poll_error(1, Some(7), 0.0), 7.0);
        assert_eq!(after_poll_error(1, Some(1_000_000_000), 0.0), 120.0);
        assert_eq!(after_poll_error(1, Some(0), 0.9), 0.9);
    }

    proptest! {
        #[test]
        fn waiting_stays_in_bounds(errors in 0u32..2_000, random in 0.0f64..1.0) {
            let wait = after_poll_error(errors, None, random);
            prop_assert!((0.5..=30.0).contains(&wait));
        }

        #[test]
        fn never_more_than_18_in_any_window(gaps in prop::collection::vec(0u64..2_000, 1..80)) {
            let (mut now, mut sent) = (1_000_000u64, Vec::new());
            for gap in gaps {
                now += gap;
                while let Some(wait) = wait_for_slot(&sent, now) {
                    prop_assert!(wait > 0 && wait <= WINDOW_MS);
                    now += wait;
                }
                sent.push(now);
                let last = sent.iter().filter(|at| **at > now.saturating_sub(WINDOW_MS)).count();
                prop_assert!(last <= CREATIONS);
            }
        }
    }
}
