//! Which part of a long list stands in the page. The list is cut into blocks of whole rows; blocks far from the
//! viewport are replaced by room of their height.

/// A list up to this length stands in the page as a whole.
pub const WHOLE: usize = 100;

/// About how many videos a block has.
const BLOCK: usize = 24;

/// The part that stands in the page, and the room for the rest in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// The first one that stands there.
    pub first: usize,
    /// The one after the last.
    pub end: usize,
    /// Room before them.
    pub above: f64,
    /// Room after them.
    pub below: f64,
}

/// The heights of the blocks, as far as they were seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Blocks {
    total: usize,
    columns: usize,
    /// 0 for a block that was never seen.
    heights: Vec<f64>,
}

/// Supposed of a block as long as none was seen, in pixels by row.
const ROW_GUESS: f64 = 420.0;

impl Blocks {
    /// Takes note of how long the list is and in how many columns it stands. Where the columns change, what was
    /// measured is forgotten.
    pub fn fit(&mut self, total: usize, columns: usize) {
        let columns = columns.clamp(1, BLOCK);
        if columns != self.columns {
            self.heights.clear();
        }
        self.total = total;
        self.columns = columns;
        self.heights.resize(total.div_ceil(self.size()), 0.0);
    }

    /// How many videos a block has: whole rows, so that leaving one out moves no video to another column.
    pub fn size(&self) -> usize {
        let columns = self.columns.max(1);
        BLOCK / columns * columns
    }

    /// Takes note of how high a block is, the gap to the next included.
    pub fn measured(&mut self, block: usize, height: f64) {
        if let Some(known) = self.heights.get_mut(block)
            && height > 0.0
        {
            *known = height;
        }
    }

    fn guess(&self) -> f64 {
        let seen = self.heights.iter().filter(|height| **height > 0.0);
        let (sum, count) = seen.fold((0.0, 0u32), |(sum, count), height| (sum + height, count + 1));
        if count > 0 {
            return sum / f64::from(count);
        }
        (self.size() / self.columns.max(1)) as f64 * ROW_GUESS
    }

    /// The blocks that touch the stretch from `top` to `bottom`, in pixels from the beginning of the list; always at
    /// least one.
    pub fn window(&self, top: f64, bottom: f64) -> Window {
        if self.total <= WHOLE {
            return Window { first: 0, end: self.total, above: 0.0, below: 0.0 };
        }
        let guess = self.guess();
        let height = |block: usize| match self.heights[block] {
            seen if seen > 0.0 => seen,
            _ => guess,
        };
        let last = self.heights.len() - 1;
        let (mut first, mut above) = (0, 0.0);
        while first < last && above + height(first) <= top {
            above += height(first);
            first += 1;
        }
        let (mut end, mut reached) = (first + 1, above + height(first));
        while end <= last && reached < bottom {
            reached += height(end);
            end += 1;
        }
        let below = (end..=last).map(height).sum();
        Window { first: first * self.size(), end: (end * self.size()).min(self.total), above, below }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn blocks(total: usize, columns: usize) -> Blocks {
        let mut blocks = Blocks::default();
        blocks.fit(total, columns);
        blocks
    }

    #[test]
    fn up_to_a_hundred_stand_there_as_a_whole() {
        let all = Window { first: 0, end: 100, above: 0.0, below: 0.0 };
        assert_eq!(blocks(100, 3).window(5_000.0, 6_000.0), all);
        assert_eq!(blocks(0, 3).window(0.0, 800.0), Window::default());
    }

    #[test]
    fn a_long_list_shows_what_is_near() {
        let mut blocks = blocks(10_000, 3);
        for block in 0..10 {
            blocks.measured(block, 1_000.0);
        }
        let seen = blocks.window(2_500.0, 4_200.0);
        assert_eq!((seen.first, seen.end, seen.above), (48, 120, 2_000.0));
        assert_eq!(seen.below, (417.0 - 5.0) * 1_000.0);
    }

    #[test]
    fn other_columns_are_measured_anew() {
        let mut blocks = blocks(1_000, 3);
        blocks.measured(0, 9_000.0);
        blocks.fit(1_000, 5);
        assert_eq!(blocks.size(), 20);
        assert_eq!(blocks.window(0.0, 1.0).below, 49.0 * 4.0 * ROW_GUESS);
    }

    #[test]
    fn a_list_that_got_shorter_still_shows_its_end() {
        let mut blocks = blocks(10_000, 3);
        blocks.fit(120, 3);
        let seen = blocks.window(900_000.0, 901_000.0);
        assert_eq!((seen.first, seen.end), (96, 120));
    }

    proptest! {
        #[test]
        fn a_window_is_whole_blocks_and_the_room_stays_the_same(
            total in 101usize..3_000,
            columns in 1usize..30,
            heights in proptest::collection::vec(1.0f64..4_000.0, 0..130),
            top in -2_000.0f64..900_000.0,
        ) {
            let mut blocks = blocks(total, columns);
            for (block, height) in heights.into_iter().enumerate() {
                blocks.measured(block, height);
            }
            let seen = blocks.window(top, top + 1_500.0);
            prop_assert!(seen.first < seen.end && seen.end <= total);
            prop_assert_eq!(seen.first % blocks.size(), 0);
            prop_assert_eq!(blocks.size() % columns.min(24), 0);
            let all = blocks.window(f64::MIN, f64::MAX);
            prop_assert_eq!((all.first, all.end), (0, total));
            let inner = (seen.first / blocks.size()..seen.end.div_ceil(blocks.size())).map(|block| {
                if blocks.heights[block] > 0.0 { blocks.heights[block] } else { blocks.guess() }
            });
            let whole: f64 = (0..blocks.heights.len()).map(|block| {
                if blocks.heights[block] > 0.0 { blocks.heights[block] } else { blocks.guess() }
            }).sum();
            prop_assert!((seen.above + seen.below + inner.sum::<f64>() - whole).abs() < 1.0);
        }
    }
}
