//! The screens of the page and how to get to each.

/// One screen in one state.
pub struct Stop {
    /// Name of its files.
    pub name: &'static str,
    /// What follows the page's address.
    pub query: &'static str,
    /// Gets there from a page that has just been opened; helpers are in `helpers.js`.
    pub script: &'static str,
}

const fn stop(name: &'static str, script: &'static str) -> Stop {
    Stop { name, query: "", script }
}

/// Before there is a video.
pub const FRESH: [Stop; 4] = [
    stop("welcome", "await one('dialog[open]');"),
    stop("empty", "await connect();"),
    stop("wrong-form", "await connect(); await press('.button--main'); await one('[role=alert] .note');"),
    stop(
        "first-wait",
        "await connect(); await write('.prompt', 'A kettle begins to sing [sim:slow]'); await press('.button--main'); await card('generating');",
    ),
];

/// With a library that has a video in every state.
pub const FULL: [Stop; 26] = [
    stop(
        "key-needed",
        "await one('dialog[open]'); await pressNamed('Look around', 'dialog'); await card('stale');",
    ),
    stop("library", "await connect(); await card('unknown');"),
    Stop { name: "library-chinese", query: "?lang=zh-CN", script: "await connect(); await card('unknown');" },
    stop(
        "nothing-found",
        "await connect(); await write('#library-search', 'zebra'); await one('.gallery__empty');",
    ),
    stop("library-desk", "await connect(); await press('.library__carry > summary');"),
    stop(
        "frames",
        "await connect(); await press('.composer__toggle'); await press('input[value^=FIRST]'); await one('#image-url'); await write('#image-url', 'https://images.example.org/harbour.jpg'); await pressNamed('Add URL');",
    ),
    stop(
        "options",
        "await connect(); await press('.composer__toggle'); all('.composer details').forEach((one) => { one.open = true; });",
    ),
    stop(
        "help",
        "await connect(); await press('.composer__toggle'); await press('.help > summary'); await one('.help__content'); document.querySelector('.help').scrollIntoView();",
    ),
    stop("settings", "await connect(); await pressNamed('Settings'); await one('dialog[open]');"),
    Stop {
        name: "settings-chinese",
        query: "?lang=zh-CN",
        script: "await connect(); await pressNamed('设置'); await one('dialog[open]');",
    },
    stop(
        "shortcuts",
        "await connect(); dispatchEvent(new KeyboardEvent('keydown', { key: '?' })); await one('dialog[open]');",
    ),
    stop(
        "activity",
        "await connect(); await card('unknown'); await press('.activity__button'); await one('.activity__part');",
    ),
    stop(
        "extend",
        "await connect(); await card('succeeded'); await pressNamed('Extend', 'article'); await one('dialog[open]');",
    ),
    stop(
        "send-again",
        "await connect(); await card('unknown'); await pressNamed('Send again', 'article'); await one('dialog[open]');",
    ),
    stop(
        "enter-task",
        "await connect(); await card('unknown'); await pressNamed('Enter task ID', 'article'); await one('dialog[open]');",
    ),
    stop(
        "compare",
        "await connect(); await card('succeeded'); await pressNamed('Compare', '.composer'); await until(() => all('dialog[open] video').length > 1, 'two takes');",
    ),
    stop(
        "storyboard",
        "await connect(); await pressNamed('Storyboard', '.composer'); await one('dialog[open]');",
    ),
    stop("batch", "await connect(); await pressNamed('Batch', '.composer'); await one('dialog[open]');"),
    stop(
        "code",
        "await connect(); await write('.prompt', 'A kettle begins to sing'); await pressNamed('Code', '.composer'); await one('dialog[open]');",
    ),
    stop(
        "prices",
        "await connect(); await pressNamed('Settings'); await pressNamed('Prices and limits', 'dialog'); await one('dialog[open] table');",
    ),
    stop(
        "removed",
        "await connect(); await card('unknown'); await pressNamed('Remove', 'article'); await one('.undo__bar');",
    ),
    stop(
        "new-version",
        "await connect(); document.documentElement.dataset.newer = ''; dispatchEvent(new Event('vireo-newer')); await one('.notices .note');",
    ),
    stop(
        "stopped",
        "await connect(); dispatchEvent(new ErrorEvent('error', { error: new WebAssembly.RuntimeError('unreachable') })); await one('.boot-failed');",
    ),
    stop(
        "remember",
        "await connect(); await pressNamed('Settings'); await press('dialog input[value=direct]'); await press('dialog .check input'); await until(() => document.querySelector('#new-passphrase')?.checkVisibility(), 'the passphrase'); document.querySelector('#new-passphrase').scrollIntoView(); await lockKey();",
    ),
    stop("locked", "await one('.unlock'); await until(() => all('article video').length > 1, 'the videos');"),
    Stop {
        name: "locked-chinese",
        query: "?lang=zh-CN",
        script: "await one('.unlock'); await until(() => all('article video').length > 1, 'the videos');",
    },
];
