//! Sentinels: a word in a prompt that plays one of the provider's bad (or merely odd) days.
//!
//! `SCENARIOS.md` tells what each of them does; several may stand in one prompt.

/// One scenario, asked for by `[sim:name]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    Slow,
    Fast,
    Never,
    Policy,
    Busy,
    Fail422,
    Flag7,
    NoCredits,
    BadKey,
    RateLimit,
    Maintenance,
    DropAnswer,
    Error500,
    Html,
    NoAudio,
    NoUrl,
    LegacyShape,
    Expired,
    NoCors,
    NotFoundAtFirst,
    ErrorPoll,
    FourKNever,
    NoFourK,
}

impl Scenario {
    const NAMES: [(&str, Scenario); 23] = [
        ("slow", Scenario::Slow),
        ("fast", Scenario::Fast),
        ("never", Scenario::Never),
        ("policy", Scenario::Policy),
        ("busy", Scenario::Busy),
        ("fail-422", Scenario::Fail422),
        ("flag-7", Scenario::Flag7),
        ("no-credits", Scenario::NoCredits),
        ("bad-key", Scenario::BadKey),
        ("rate-limit", Scenario::RateLimit),
        ("maintenance", Scenario::Maintenance),
        ("drop-answer", Scenario::DropAnswer),
        ("error-500", Scenario::Error500),
        ("html", Scenario::Html),
        ("no-audio", Scenario::NoAudio),
        ("no-url", Scenario::NoUrl),
        ("legacy-shape", Scenario::LegacyShape),
        ("expired", Scenario::Expired),
        ("no-cors", Scenario::NoCors),
        ("not-found-at-first", Scenario::NotFoundAtFirst),
        ("error-poll", Scenario::ErrorPoll),
        ("4k-never", Scenario::FourKNever),
        ("no-4k", Scenario::NoFourK),
    ];

    fn named(name: &str) -> Option<Scenario> {
        Scenario::NAMES.iter().find(|(known, _)| *known == name).map(|(_, scenario)| *scenario)
    }
}

/// All scenarios a prompt asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scenarios(Vec<Scenario>);

impl Scenarios {
    /// Reads a prompt. A sentinel with an unknown name is returned as the error: a slip of the pen would otherwise
    /// look like a passing test.
    pub(crate) fn read(prompt: &str) -> Result<Scenarios, String> {
        prompt
            .split("[sim:")
            .skip(1)
            .map(|rest| {
                let name = rest.split(']').next().unwrap_or_default();
                Scenario::named(name).ok_or_else(|| name.chars().take(40).collect())
            })
            .collect::<Result<_, String>>()
            .map(Scenarios)
    }

    pub(crate) fn has(&self, scenario: Scenario) -> bool {
        self.0.contains(&scenario)
    }

    /// The first of `table` whose scenario is asked for.
    pub(crate) fn pick<T: Copy>(&self, table: &[(Scenario, T)]) -> Option<T> {
        table.iter().find(|(scenario, _)| self.has(*scenario)).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_is_in_the_table() {
        let table = include_str!("../SCENARIOS.md");
        for (name, _) in Scenario::NAMES {
            assert!(table.contains(&format!("| `[sim:{name}]` |")), "{name}");
        }
        assert_eq!(table.matches("| `[sim:").count(), Scenario::NAMES.len());
    }

    #[test]
    fn several_may_stand_in_one_prompt() {
        let read = Scenarios::read("a [sim:fast] boat [sim:no-audio]").unwrap();
        assert!(read.has(Scenario::Fast) && read.has(Scenario::NoAudio) && !read.has(Scenario::Slow));
    }

    #[test]
    fn a_misspelt_sentinel_is_named() {
        assert_eq!(Scenarios::read("a [sim:fats] boat"), Err("fats".to_owned()));
    }
}
