//! Which videos a person wants to see: words to find and states to show.

use crate::intent::{Intent, State};

/// States to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Everything.
    #[default]
    All,
    /// What something is still to come of.
    Running,
    /// Finished with a video.
    Ready,
    /// Refused, or ended without a video.
    Failed,
    /// Nobody knows yet how it ended.
    Unknown,
}

impl Show {
    /// All of them, in the order in which they are offered.
    pub const EACH: [Show; 5] = [Show::All, Show::Running, Show::Ready, Show::Failed, Show::Unknown];

    /// The value of the field.
    pub fn as_str(self) -> &'static str {
        match self {
            Show::All => "all",
            Show::Running => "running",
            Show::Ready => "ready",
            Show::Failed => "failed",
            Show::Unknown => "unknown",
        }
    }

    /// Reads the value of the field; everything for what is none.
    pub fn parse(text: &str) -> Show {
        Show::EACH.into_iter().find(|show| show.as_str() == text).unwrap_or_default()
    }

    /// True for states it shows.
    pub fn admits(self, state: State) -> bool {
        match self {
            Show::All => true,
            Show::Running => state.is_open(),
            Show::Ready => state == State::Succeeded,
            Show::Failed => matches!(state, State::Failed | State::Rejected),
            Show::Unknown => matches!(state, State::Unknown | State::Stale),
        }
    }
}

/// Words to find, in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<String>);

impl Query {
    /// The words of a text a person typed.
    pub fn new(text: &str) -> Query {
        Query(fold(text).split_whitespace().map(str::to_owned).collect())
    }

    /// True for no words, which every video has.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True where the prompt has all words, or the task id or the seed is the one word.
    pub fn finds(&self, intent: &Intent) -> bool {
        if self.is_empty() {
            return true;
        }
        let prompt = fold(intent.order.prompt());
        self.0.iter().all(|word| prompt.contains(word.as_str())) || self.names(intent)
    }

    fn names(&self, intent: &Intent) -> bool {
        let [word] = self.0.as_slice() else { return false };
        let task = intent.task_id.as_ref().is_some_and(|task| task.to_string().eq_ignore_ascii_case(word));
        let seed = intent.outcome.as_ref().and_then(|outcome| outcome.seed);
        task || seed.is_some_and(|seed| seed.to_string() == *word)
    }
}

/// Lower case without the accents of Latin letters, written in one character or in two.
fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .filter(|c| !matches!(c, '\u{300}'..='\u{36f}'))
        .map(without_accent)
        .collect()
}

fn without_accent(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ' | 'ả'..='ặ' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' | 'ð' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ'..='ệ' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ỉ' | 'ị' => 'i',
        'ķ' => 'k',
        'ĺ' | 'ļ' | 'ľ' | 'ł' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ọ'..='ợ' => 'o',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => 's',
        'ţ' | 'ť' | 'ț' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ụ'..='ự' => 'u',
        'ý' | 'ÿ' | 'ỳ'..='ỹ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::{IntentId, Order, Outcome};
    use rstest::rstest;
    use veo_api::{Generate, TaskId};

    fn video(prompt: &str) -> Intent {
        let order = Order::Generate(Generate { prompt: prompt.to_owned(), ..Generate::default() });
        Intent::new(IntentId::new(1, [0; 10]), order, "", 1)
    }

    #[rstest]
    #[case("", "anything", true)]
    #[case("  \t", "anything", true)]
    #[case("BOAT paper", "A paper boat in the rain", true)]
    #[case("boat snow", "A paper boat in the rain", false)]
    #[case("cafe", "The CAFÉ at noon", true)]
    #[case("café", "The cafe at noon", true)]
    #[case("cafe\u{301}", "the cafe at noon", true)]
    #[case("istanbul", "İstanbul by night", true)]
    #[case("ha noi", "Hà Nội", true)]
    #[case("lodz", "Łódź", true)]
    #[case("纸船", "一只纸船在雨中", true)]
    #[case("пар", "Белый ПАРОХОД", true)]
    #[case("<b>", "bold", false)]
    fn words_are_found_as_a_person_means_them(
        #[case] query: &str,
        #[case] prompt: &str,
        #[case] found: bool,
    ) {
        assert_eq!(Query::new(query).finds(&video(prompt)), found);
    }

    #[test]
    fn a_task_id_or_a_seed_finds_its_video() {
        let mut intent = video("rain");
        intent.task_id = TaskId::parse("veo-Task_77");
        intent.outcome = Some(Outcome { seed: Some(12_345), ..Outcome::default() });
        assert!(Query::new("VEO-task_77").finds(&intent));
        assert!(Query::new("12345").finds(&intent));
        assert!(!Query::new("1234").finds(&intent));
    }

    #[test]
    fn every_state_is_shown_by_all_and_by_one_other() {
        use State::*;
        for state in [Queued, Sending, Unknown, Rejected, Generating, Succeeded, Failed, Stale] {
            assert_eq!(Show::EACH.iter().filter(|show| show.admits(state)).count(), 2, "{state:?}");
        }
    }

    #[test]
    fn values_are_read_back() {
        for show in Show::EACH {
            assert_eq!(Show::parse(show.as_str()), show);
        }
        assert_eq!(Show::parse("nonsense"), Show::All);
    }
}
