//! Which foreign addresses a browser may open. One strict reading, no parsing tricks: what does not look exactly like
//! a public web address is shown as text.

/// Top-level names that never lead to the public internet.
const PRIVATE_SUFFIXES: [&str; 9] =
    ["local", "localhost", "internal", "lan", "home", "corp", "intranet", "onion", "arpa"];

/// Longest address that is looked at.
const MAX_LEN: usize = 4096;

/// True for an address of a result that may be put into the page: `https:` with a public DNS name and no user, port or
/// address literal, or anything below one of `media_origins`.
pub fn is_safe(url: &str, media_origins: &[String]) -> bool {
    is_clean(url) && (is_below(url, media_origins) || is_public(url, &["https://"]))
}

/// True for an address that the provider can fetch an image from: `http:` or `https:` with a public DNS name, or
/// anything below one of `media_origins`.
pub fn is_reachable(url: &str, media_origins: &[String]) -> bool {
    is_clean(url) && (is_below(url, media_origins) || is_public(url, &["https://", "http://"]))
}

/// The host of an `http:` or `https:` address, without user and port.
pub fn host_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?;
    (!host.is_empty()).then_some(host)
}

fn is_clean(url: &str) -> bool {
    url.len() <= MAX_LEN && !url.chars().any(is_deceptive)
}

/// Browsers drop tabs and line breaks and read a backslash as a slash; quotes and angle brackets end an attribute;
/// invisible and direction-changing characters show an address as another one than it is.
fn is_deceptive(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\\' | '"' | '\'' | '<' | '>' | '`')
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_below(url: &str, origins: &[String]) -> bool {
    origins.iter().any(|origin| url.strip_prefix(origin.as_str()).is_some_and(|rest| rest.starts_with('/')))
}

fn is_public(url: &str, schemes: &[&str]) -> bool {
    let Some(rest) = schemes.iter().find_map(|scheme| url.strip_prefix(scheme)) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    is_public_name(authority)
}

/// A DNS name of at least two labels whose last is a word: that alone rules out every way to write an IP address.
fn is_public_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    if name.len() > 253 || !name.bytes().all(allowed) {
        return false;
    }
    let mut labels = name.split('.');
    let whole = labels
        .clone()
        .all(|label| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-'));
    let Some(last) = labels.next_back() else {
        return false;
    };
    let word = last.len() >= 2 && last.bytes().any(|b| b.is_ascii_lowercase()) && !last.starts_with("0x");
    whole && word && labels.next().is_some() && !PRIVATE_SUFFIXES.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REFUSED: &[&str] = &[
        "",
        " ",
        "//a.example/v.mp4",
        "/v.mp4",
        "v.mp4",
        "a.example/v.mp4",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<script>",
        "data:video/mp4;base64,AAAA",
        "blob:https://a.example/1",
        "file:///etc/passwd",
        "ftp://a.example/v.mp4",
        "http://a.example/v.mp4",
        "HTTPS://a.example/v.mp4",
        "https:a.example/v.mp4",
        "https:/a.example/v.mp4",
        "https:\\\\a.example\\v.mp4",
        "https:///v.mp4",
        "https://",
        "https://?x",
        "https://localhost/v.mp4",
        "https://localhost:8080/",
        "https://a.localhost/",
        "https://printer.local/",
        "https://db.internal/",
        "https://router.lan/",
        "https://x.home.arpa/",
        "https://abc.onion/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://127.0.0.1./",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://1.2.3/",
        "https://1.2.3.0x4/",
        "https://a.example@evil.example/",
        "https://api.kie.ai@evil.example/",
        "https://user:pass@a.example/",
        "https://a.example:22/v.mp4",
        "https://a.example:443/v.mp4",
        "https://a.example\\@evil.example/",
        "https://a.example/\nv.mp4",
        "https://a.exa mple/",
        "https://a.example/a b.mp4",
        "https://a.example/a\u{3000}b.mp4",
        "https://a.example/\u{200b}v.mp4",
        "https://a.example/\"onerror=",
        "https://a.example/<b>",
        "https://-a.example/",
        "https://a-.example/",
        "https://a..example/",
        "https://.example/",
        "https://example/",
        "https://a.example./",
        "https://ａ.example/",
        "https://a。example/",
        "https://a.example/\u{202e}4pm.v",
        "https://A.example/",
    ];

    #[test]
    fn what_is_not_a_public_https_address_is_refused() {
        assert!(REFUSED.len() >= 60);
        for url in REFUSED {
            assert!(!is_safe(url, &[]), "{url:?} was let through");
        }
    }

    #[test]
    fn results_of_the_known_hosts_are_let_through() {
        for url in [
            "https://tempfile.aiquickdraw.com/v/9b0c_1776800073.mp4",
            "https://file.aiquickdraw.com/p/a.mp4?x=1&y=%20#t",
            "https://abc.r2.cloudflarestorage.com/b/a.mp4?X-Amz-Signature=0",
            "https://xn--bcher-kva.example/v.mp4",
        ] {
            assert!(is_safe(url, &[]), "{url:?} was refused");
        }
    }

    #[test]
    fn a_configured_origin_is_let_through_to_the_letter_only() {
        let origins = ["http://127.0.0.1:9102".to_owned()];
        assert!(is_safe("http://127.0.0.1:9102/v/a.mp4", &origins));
        for url in [
            "http://127.0.0.1:9102",
            "http://127.0.0.1:91020/v.mp4",
            "http://127.0.0.1:9102@evil.example/",
            "http://127.0.0.1:9103/v.mp4",
            "https://127.0.0.1:9102/v.mp4",
            "http://127.0.0.1:9102.evil.example/",
        ] {
            assert!(!is_safe(url, &origins), "{url:?} was let through");
        }
    }

    #[test]
    fn images_may_also_come_over_http() {
        assert!(is_reachable("http://a.example/i.png", &[]));
        assert!(!is_reachable("http://localhost/i.png", &[]));
        assert!(!is_reachable("data:image/png;base64,AA", &[]));
    }

    proptest! {
        #[test]
        fn no_way_to_write_an_address_literal_is_safe(a: u8, b: u8, c: u8, d: u8, whole: u32) {
            for host in [
                format!("{a}.{b}.{c}.{d}"), format!("{whole}"), format!("0x{whole:x}"), format!("0{whole:o}"),
                format!("[::ffff:{a}.{b}.{c}.{d}]"), format!("{a}.{whole}"), format!("0x{a:x}.0x{b:x}.{c}.0x{d:x}"),
            ] {
                let url = format!("https://{host}/v.mp4");
                prop_assert!(!is_safe(&url, &[]), "{} was let through", url);
            }
        }

        #[test]
        fn no_input_panics(url in ".{0,80}") {
            _ = (is_safe(&url, &[]), is_reachable(&url, &[]), host_of(&url));
        }
    }
}
