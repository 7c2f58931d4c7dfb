//! Numbers about numbers.

/// The value below which this share of all lies; sorts them.
pub fn percentile(all: &mut [f64], share: f64) -> f64 {
    all.sort_by(f64::total_cmp);
    let place = ((all.len() as f64 - 1.0) * share).round() as usize;
    all.get(place).copied().unwrap_or(f64::NAN)
}

pub fn median(all: &mut [f64]) -> f64 {
    percentile(all, 0.5)
}

/// A row of the table: what, how much, and what it should be.
pub fn row(what: &str, figure: &str, goal: &str) {
    println!("| {what} | {figure} | {goal} |");
}
