//! Plain text tables: the first column to the left, the others to the right.

/// Prints rows under a head.
pub fn print(head: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .chain([head[column].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &[String]| {
        let mut text = format!("{:<w$}", cells[0], w = widths[0]);
        for (cell, w) in cells.iter().zip(&widths).skip(1) {
            text.push_str(&format!("  {cell:>w$}"));
        }
        println!("{}", text.trim_end());
    };
    println!();
    line(&head.iter().map(ToString::to_string).collect::<Vec<_>>());
    println!("{}", "─".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1)));
    for row in rows {
        line(row);
    }
    println!();
}
