//! A film in shots: what is to be generated and what is there already, in order. Each shot may be made again, and may
//! begin where the one before it ends.

use crate::check::{Problem, check};
use crate::intent::{IntentId, State};
use serde::{Deserialize, Serialize};
use veo_api::{Generate, Mode, json};

/// The version of the stored form that this build writes.
pub const VERSION: u32 = 1;

/// The most shots of one film.
pub const MAX_SHOTS: usize = 60;

/// Where the picture a chained shot begins with will stand, while it is only checked.
const FRAME_TO_COME: &str = "https://frame.example/";

/// What a shot shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Something to generate.
    New(Generate),
    /// A video that is there already.
    Video(IntentId),
}

/// One shot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shot {
    /// Its name within the film; stays when the order changes.
    pub key: u32,
    /// What it shows.
    pub source: Source,
    /// Whether it begins with the last picture of the shot before.
    #[serde(default)]
    pub chained: bool,
    /// What was bought for it; the later, the rather it is in the film.
    #[serde(default)]
    pub takes: Vec<IntentId>,
}

impl Shot {
    /// What stands for the shot, or was bought for it last.
    pub fn take(&self) -> Option<&IntentId> {
        match &self.source {
            Source::Video(id) => Some(id),
            Source::New(_) => self.takes.last(),
        }
    }

    /// The video that is in the film: the one chosen, or the newest take that has one, so that a take that fails does not
    /// undo an earlier one. `state` tells about a video of the library.
    pub fn video(&self, state: impl Fn(&IntentId) -> Option<State>) -> Option<&IntentId> {
        let own = match &self.source {
            Source::Video(id) => std::slice::from_ref(id),
            Source::New(_) => &self.takes,
        };
        own.iter().rev().find(|id| state(id) == Some(State::Succeeded))
    }

    /// Prefers one of the takes to the others.
    pub fn prefer(&mut self, take: &IntentId) {
        if let Some(place) = self.takes.iter().position(|id| id == take) {
            self.takes[place..].rotate_left(1);
        }
    }
}

/// Where a shot stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can be generated now.
    Ready,
    /// It is chained, and the shot before it (from 0) has no video yet.
    WaitsFor(usize),
    /// It is on its way.
    Running,
    /// Its video is there.
    Done,
    /// Its last take brought no video; it can be generated again.
    Failed,
    /// Not known whether its last take was bought: a person decides, nothing goes on by itself.
    Unsure,
    /// Its video is not in the library any more.
    Gone,
    /// It would be refused.
    Wrong(Vec<Problem>),
}

/// A film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Storyboard {
    version: u32,
    /// The shots in order.
    pub shots: Vec<Shot>,
}

impl Default for Storyboard {
    fn default() -> Self {
        Storyboard { version: VERSION, shots: Vec::new() }
    }
}

impl Storyboard {
    /// Reads the stored form. `None` for what is broken or was written by a newer build.
    pub fn read(text: &str) -> Option<Self> {
        let mut film: Storyboard = json::read(text).filter(|film: &Storyboard| film.version <= VERSION)?;
        film.version = VERSION;
        film.shots.truncate(MAX_SHOTS);
        let keys: Vec<u32> = film.shots.iter().map(|shot| shot.key).collect();
        let unique = keys.iter().enumerate().all(|(index, key)| !keys[..index].contains(key));
        unique.then_some(film)
    }

    /// The stored form.
    pub fn to_text(&self) -> String {
        json::to_text(self)
    }

    /// Adds a shot at the end and returns its key; `None` if there are [`MAX_SHOTS`].
    pub fn add(&mut self, source: Source, chained: bool) -> Option<u32> {
        if self.shots.len() >= MAX_SHOTS {
            return None;
        }
        let key = self.shots.iter().map(|shot| shot.key).max().map_or(Some(0), |key| key.checked_add(1))?;
        self.shots.push(Shot { key, source, chained, takes: Vec::new() });
        Some(key)
    }

    /// The shot with this key.
    pub fn shot_mut(&mut self, key: u32) -> Option<&mut Shot> {
        self.shots.iter_mut().find(|shot| shot.key == key)
    }

    /// The place of a shot, from 0.
    pub fn place(&self, key: u32) -> Option<usize> {
        self.shots.iter().position(|shot| shot.key == key)
    }

    /// Takes a shot out. What was bought for it stays in the library.
    pub fn remove(&mut self, key: u32) {
        self.shots.retain(|shot| shot.key != key);
    }

    /// Moves a shot to another place.
    pub fn move_to(&mut self, key: u32, place: usize) {
        if let Some(from) = self.place(key) {
            let shot = self.shots.remove(from);
            self.shots.insert(place.min(self.shots.len()), shot);
        }
    }

    /// The shot before this one that it begins with the last picture of.
    pub fn before(&self, place: usize) -> Option<usize> {
        self.shots.get(place)?.chained.then(|| place.checked_sub(1)).flatten()
    }

    /// What is sent for a shot. `frame` is the address of the picture a chained one begins with. `None` for a video that
    /// is there already.
    pub fn request(&self, place: usize, frame: &str) -> Option<Generate> {
        let shot = self.shots.get(place)?;
        let Source::New(generate) = &shot.source else { return None };
        let mut generate = generate.clone();
        if self.before(place).is_some() {
            // A picture of its own is what a chained shot ends with.
            let own = if generate.mode == Mode::Text { Vec::new() } else { generate.image_urls };
            if generate.mode == Mode::Text {
                generate.mode = Mode::Frames;
            }
            generate.image_urls = std::iter::once(frame.to_owned()).chain(own).collect();
        }
        Some(generate)
    }

    /// Where a shot stands. `state` tells about a video of the library.
    pub fn standing(
        &self,
        place: usize,
        media_origins: &[String],
        state: impl Fn(&IntentId) -> Option<State>,
    ) -> Standing {
        let Some(shot) = self.shots.get(place) else {
            return Standing::Gone;
        };
        let last = shot.take().map(&state);
        if let Some(Some(State::Queued | State::Sending | State::Generating)) = last {
            return Standing::Running;
        }
        if shot.video(&state).is_some() {
            return Standing::Done;
        }
        match last {
            Some(Some(State::Unknown | State::Stale)) => return Standing::Unsure,
            Some(None) if matches!(shot.source, Source::Video(_)) => return Standing::Gone,
            _ => {}
        }
        let problems = self.request(place, FRAME_TO_COME).map(|generate| check(&generate, media_origins));
        match (problems.filter(|problems| !problems.is_empty()), self.before(place)) {
            (Some(problems), _) => Standing::Wrong(problems),
            (None, Some(before)) if self.shots[before].video(&state).is_none() => Standing::WaitsFor(before),
            _ if matches!(last, Some(Some(_))) => Standing::Failed,
            _ => Standing::Ready,
        }
    }

    /// The keys of the shots that are still to be generated: those never bought, and those whose last take failed.
    pub fn left(&self, state: impl Fn(&IntentId) -> Option<State>) -> Vec<u32> {
        let is_left = |shot: &&Shot| {
            matches!(shot.source, Source::New(_))
                && matches!(shot.take().and_then(&state), None | Some(State::Failed | State::Rejected))
                && shot.video(&state).is_none()
        };
        self.shots.iter().filter(is_left).map(|shot| shot.key).collect()
    }

    /// What shots will probably cost together; `None` if the price of one is not known.
    pub fn price(&self, keys: &[u32], price: impl Fn(&Generate) -> Option<f64>) -> Option<f64> {
        let wanted = self.shots.iter().filter(|shot| keys.contains(&shot.key));
        let priced = wanted.map(|shot| match &shot.source {
            Source::New(generate) => price(generate),
            Source::Video(_) => Some(0.0),
        });
        priced.sum()
    }

    /// The first shot that is to be generated in another shape or size than an earlier one: they could not be joined.
    pub fn mixed(&self) -> Option<usize> {
        let mut first = None;
        self.shots.iter().position(|shot| {
            let Source::New(generate) = &shot.source else { return false };
            let own = (&generate.aspect_ratio, &generate.resolution);
            *first.get_or_insert(own) != own
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use veo_api::{Model, Resolution};

    fn new(prompt: &str) -> Source {
        Source::New(Generate { prompt: prompt.into(), ..Generate::default() })
    }

    fn id(name: &str) -> IntentId {
        IntentId::parse(name).expect("names in these tests are valid")
    }

    fn three() -> Storyboard {
        let mut film = Storyboard::default();
        for (prompt, chained) in [("one", false), ("two", true), ("three", true)] {
            film.add(new(prompt), chained);
        }
        film
    }

    fn standings(film: &Storyboard, known: &[(&str, State)]) -> Vec<Standing> {
        let state =
            |id: &IntentId| known.iter().find(|(name, _)| *name == id.as_str()).map(|(_, state)| *state);
        (0..film.shots.len()).map(|place| film.standing(place, &[], state)).collect()
    }

    #[test]
    fn a_chain_goes_on_one_by_one() {
        let mut film = three();
        assert_eq!(standings(&film, &[]), [Standing::Ready, Standing::WaitsFor(0), Standing::WaitsFor(1)]);
        film.shots[0].takes.push(id("a"));
        let running = standings(&film, &[("a", State::Generating)]);
        assert_eq!(running, [Standing::Running, Standing::WaitsFor(0), Standing::WaitsFor(1)]);
        let done = standings(&film, &[("a", State::Succeeded)]);
        assert_eq!(done, [Standing::Done, Standing::Ready, Standing::WaitsFor(1)]);
    }

    #[test]
    fn a_chain_whose_middle_failed_waits_there() {
        let mut film = three();
        film.shots[0].takes.push(id("a"));
        film.shots[1].takes.push(id("b"));
        for (state, standing) in [
            (State::Failed, Standing::Failed),
            (State::Rejected, Standing::Failed),
            (State::Unknown, Standing::Unsure),
            (State::Stale, Standing::Unsure),
        ] {
            let found = standings(&film, &[("a", State::Succeeded), ("b", state)]);
            assert_eq!(found, [Standing::Done, standing, Standing::WaitsFor(1)]);
        }
        film.shots[1].takes.push(id("c"));
        let again =
            standings(&film, &[("a", State::Succeeded), ("b", State::Failed), ("c", State::Succeeded)]);
        assert_eq!(again, [Standing::Done, Standing::Done, Standing::Ready]);
    }

    #[test]
    fn a_retake_that_fails_does_not_undo_the_take_before() {
        let mut film = three();
        film.shots[0].takes.extend([id("a"), id("b")]);
        let standing =
            |film: &Storyboard, b| standings(film, &[("a", State::Succeeded), ("b", b)])[0].clone();
        assert_eq!(standing(&film, State::Generating), Standing::Running);
        for b in [State::Failed, State::Unknown, State::Succeeded] {
            assert_eq!(standing(&film, b), Standing::Done);
        }
        let both = |_: &IntentId| Some(State::Succeeded);
        assert_eq!(film.shots[0].video(both), Some(&id("b")));
        film.shots[0].prefer(&id("a"));
        assert_eq!(film.shots[0].video(both), Some(&id("a")));
    }

    #[test]
    fn what_was_removed_from_the_library_can_be_made_again_if_it_was_made_here() {
        let mut film = Storyboard::default();
        film.add(Source::Video(id("v")), false);
        film.add(new("mine"), false);
        film.shots[1].takes.push(id("w"));
        assert_eq!(standings(&film, &[]), [Standing::Gone, Standing::Ready]);
    }

    #[test]
    fn a_chained_shot_begins_with_the_frame_and_may_end_with_a_picture_of_its_own() {
        let mut film = three();
        let frame = "https://a.example/frame.jpg";
        let request = film.request(1, frame).expect("it is to be generated");
        assert_eq!((request.mode, request.image_urls), (Mode::Frames, vec![frame.to_owned()]));
        let end = "https://a.example/end.png".to_owned();
        if let Source::New(generate) = &mut film.shots[1].source {
            (generate.mode, generate.image_urls) = (Mode::Frames, vec![end.clone()]);
        }
        let request = film.request(1, frame).expect("it is to be generated");
        assert_eq!(request.image_urls, [frame.to_owned(), end.clone()]);
        if let Source::New(generate) = &mut film.shots[1].source {
            generate.image_urls = vec![end; 2];
        }
        assert_eq!(standings(&film, &[])[1], Standing::Wrong(vec![Problem::TooManyImages { max: 2 }]));
    }

    #[test]
    fn the_first_shot_is_chained_to_nothing() {
        let mut film = three();
        film.move_to(2, 0);
        assert_eq!(film.shots.iter().map(|shot| shot.key).collect::<Vec<_>>(), [2, 0, 1]);
        assert_eq!(film.request(0, "x").map(|request| request.mode), Some(Mode::Text));
        assert_eq!(standings(&film, &[])[0], Standing::Ready);
    }

    #[test]
    fn only_what_is_left_is_priced() {
        let mut film = three();
        film.add(Source::Video(id("v")), false);
        film.shots[0].takes.push(id("a"));
        film.shots[1].takes.push(id("b"));
        let state = |id: &IntentId| Some(if id.as_str() == "a" { State::Generating } else { State::Failed });
        assert_eq!(film.left(state), [1, 2]);
        assert_eq!(film.price(&[1, 2], |_| Some(60.0)), Some(120.0));
        assert_eq!(film.price(&[1, 2], |_| None), None);
        assert_eq!(film.left(|_| Some(State::Succeeded)), [2]);
        assert_eq!(film.left(|_| Some(State::Unknown)), [2]);
    }

    #[test]
    fn shots_of_two_sizes_are_told() {
        let mut film = three();
        assert_eq!(film.mixed(), None);
        film.add(
            Source::New(Generate {
                prompt: "big".into(),
                resolution: Resolution::P1080,
                ..Generate::default()
            }),
            false,
        );
        assert_eq!(film.mixed(), Some(3));
    }

    #[test]
    fn what_this_build_cannot_read_is_left_alone() {
        for text in ["", "{}", "[]", r#"{"version":2,"shots":[]}"#, r#"{"version":1,"shots":[{"key":-1}]}"#] {
            assert_eq!(Storyboard::read(text), None, "{text}");
        }
        let twice = three().to_text().replace("\"key\":1", "\"key\":0");
        assert_eq!(Storyboard::read(&twice), None);
    }

    #[test]
    fn the_stored_form() {
        let mut film = three();
        film.add(Source::Video(id("v")), false);
        film.shots[0].takes.push(id("a"));
        insta::assert_snapshot!(film.to_text());
    }

    proptest! {
        #[test]
        fn acts_in_any_order_leave_a_film_that_reads_back(acts in prop::collection::vec((0u8..5, 0u32..8, 0usize..9), 0..90)) {
            let mut film = Storyboard::default();
            for (act, key, place) in acts {
                match act {
                    0 => _ = film.add(new("x"), place % 2 == 0),
                    1 => film.remove(key),
                    2 => film.move_to(key, place),
                    3 => if let Some(shot) = film.shot_mut(key) { shot.takes.push(id("t")) },
                    _ => if let Some(shot) = film.shot_mut(key) { shot.source = Source::New(Generate { model: Model::Lite, ..Generate::default() }) },
                }
            }
            prop_assert!(film.shots.len() <= MAX_SHOTS);
            prop_assert_eq!(Storyboard::read(&film.to_text()), Some(film.clone()));
            for place in 0..film.shots.len() {
                film.standing(place, &[], |_| Some(State::Succeeded));
            }
        }
    }
}
