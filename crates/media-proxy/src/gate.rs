//! Which addresses may be opened: the rule of the page, and the operator's lists.

use crate::config::Config;
use crate::error::{Error, SetupError};
use url::{Host, Url};
use vireo_core::media_url;

/// Lets addresses through or not, at the start and at every redirect.
#[derive(Debug)]
pub(crate) struct Gate {
    origins: Vec<String>,
    hosts: Vec<String>,
}

/// An address that may be opened.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub url: Url,
    /// The operator named its origin: it may be private.
    pub is_trusted: bool,
}

impl Gate {
    pub(crate) fn new(config: &Config) -> Result<Gate, SetupError> {
        let origins = config.allow_media_origins.iter().map(|text| origin(text)).collect::<Result<_, _>>()?;
        let hosts = config.allow_hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        Ok(Gate { origins, hosts })
    }

    /// Reads an address strictly first, as the page does, and then as the HTTP client will.
    pub(crate) fn admit(&self, text: &str) -> Result<Admitted, Error> {
        if !media_url::is_safe(text, &self.origins) {
            return Err(Error::Forbidden);
        }
        let url = Url::parse(text).map_err(|_| Error::Forbidden)?;
        if self.origins.contains(&url.origin().ascii_serialization()) {
            return Ok(Admitted { url, is_trusted: true });
        }
        let is_public = url.scheme() == "https"
            && url.port().is_none()
            && matches!(url.host(), Some(Host::Domain(host)) if self.is_allowed(host));
        if is_public { Ok(Admitted { url, is_trusted: false }) } else { Err(Error::Forbidden) }
    }

    /// Where a redirect from an admitted address leads.
    pub(crate) fn redirect(&self, from: &Url, location: &str) -> Result<Admitted, Error> {
        let next = from.join(location).map_err(|_| Error::Forbidden)?;
        self.admit(next.as_str())
    }

    fn is_allowed(&self, host: &str) -> bool {
        let is_below = |allowed: &String| {
            host.strip_suffix(allowed.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.hosts.is_empty() || self.hosts.iter().any(is_below)
    }
}

fn origin(text: &str) -> Result<String, SetupError> {
    let wrong = || SetupError::Origin(text.to_owned());
    let url = Url::parse(text).map_err(|_| wrong())?;
    let is_origin = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if is_origin { Ok(url.origin().ascii_serialization()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUSTED: &str = "http://127.0.0.1:9102";

    fn gate(origins: &[&str], hosts: &[&str]) -> Gate {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let config =
            Config { allow_media_origins: owned(origins), allow_hosts: owned(hosts), ..Config::default() };
        Gate::new(&config).unwrap()
    }

    /// Hosts that lead, or seem to lead, inside. Each is tried as the address of a record and as a redirect.
    const REFUSED_HOSTS: &[&str] = &[
        "127.0.0.1",
        "127.0.0.1:443",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",
        "0x7f.1",
        "0x7f000001",
        "0X7F000001",
        "0x7f.0x0.0x0.0x1",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "0177.1",
        "00000177.0.0.1",
        "0127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "100.64.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "224.0.0.1",
        "255.255.255.255",
        "8.8.8.8",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::169.254.169.254]",
        "[2002:7f00:1::]",
        "[2001::7f00:1]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[2606:4700::1111]",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "localhost:443",
        "a.localhost",
        "localhost.localdomain.",
        "a.local",
        "printer.lan",
        "metadata.google.internal",
        "metadata",
        "kubernetes.default.svc.corp",
        "x.home.arpa",
        "a.onion",
        "user@127.0.0.1",
        "user:pass@a.example",
        "a.example@127.0.0.1",
        "127.0.0.1%2f@a.example",
        "a.example:22",
        "a.example:80",
        "a.example:8443",
        "a.example.",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "ｌｏｃａｌｈｏｓｔ",
        "%31%32%37.0.0.1",
        "a.example\\@127.0.0.1",
        "a.example%00.evil",
        "",
        ".",
        "-a.example",
    ];

    #[test]
    fn hosts_inside_the_network_are_refused() {
        assert!(REFUSED_HOSTS.len() >= 60);
        for host in REFUSED_HOSTS {
            for scheme in ["https", "http"] {
                let url = format!("{scheme}://{host}/v/a.mp4");
                assert!(gate(&[], &[]).admit(&url).is_err(), "{url} was let through");
                assert!(
                    gate(&[TRUSTED], &[]).admit(&url).is_err(),
                    "{url} was let through beside a trusted origin"
                );
            }
        }
    }

    /// What the HTTP client would make of a redirect may differ in form, but never leads inside.
    #[test]
    fn a_redirect_never_leads_inside() {
        let start = Url::parse("https://a.example/v/a.mp4").unwrap();
        for host in REFUSED_HOSTS.iter().filter(|host| !host.is_empty()) {
            for location in
                [format!("https://{host}/b.mp4"), format!("//{host}/b.mp4"), format!("\\\\{host}\\b.mp4")]
            {
                match gate(&[], &[]).redirect(&start, &location) {
                    Err(_) => {}
                    Ok(admitted) => {
                        let host = admitted.url.host_str().unwrap();
                        assert!(host == "a.example", "{location} led to {host}");
                        assert_eq!(admitted.url.port(), None, "{location}");
                    }
                }
            }
        }
    }

    #[test]
    fn other_schemes_are_refused() {
        for url in [
            "http://a.example/v.mp4",
            "ftp://a.example/v.mp4",
            "file:///etc/passwd",
            "gopher://a.example/",
            "data:video/mp4;base64,AAAA",
            "javascript:alert(1)",
            "blob:https://a.example/1",
            "//a.example/v.mp4",
            "https:a.example/v.mp4",
            "https:/a.example/v.mp4",
            "https:///a.example/v.mp4",
            "https:\\\\a.example/v.mp4",
            " https://a.example/v.mp4",
            "https://a.example/v.mp4\n",
            "https://a.exa\tmple/v.mp4",
            "unix:/run/x.sock",
        ] {
            assert!(gate(&[], &[]).admit(url).is_err(), "{url:?} was let through");
        }
    }

    #[test]
    fn results_are_let_through() {
        for url in [
            "https://tempfile.aiquickdraw.com/v/9b0c_1776800073.mp4",
            "https://a.example/b?X-Amz-Signature=0",
        ] {
            let admitted = gate(&[], &[]).admit(url).unwrap();
            assert_eq!((admitted.url.as_str(), admitted.is_trusted), (url, false));
        }
    }

    #[test]
    fn a_trusted_origin_is_meant_to_the_letter() {
        let gate = gate(&["http://127.0.0.1:9102/"], &[]);
        assert!(gate.admit("http://127.0.0.1:9102/v/a.mp4").unwrap().is_trusted);
        for url in [
            "http://127.0.0.1:9103/v.mp4",
            "https://127.0.0.1:9102/v.mp4",
            "http://127.0.0.1:91020/v.mp4",
            "http://localhost:9102/v.mp4",
            "http://127.0.0.1:9102@a.example/",
            "http://127.1:9102/v.mp4",
        ] {
            assert!(gate.admit(url).is_err(), "{url} was let through");
        }
    }

    #[test]
    fn a_list_of_hosts_holds_for_their_subdomains() {
        let gate = gate(&[], &["aiquickdraw.com"]);
        for host in ["aiquickdraw.com", "tempfile.aiquickdraw.com"] {
            assert!(gate.admit(&format!("https://{host}/v.mp4")).is_ok(), "{host}");
        }
        for host in ["a.example", "evilaiquickdraw.com", "aiquickdraw.com.evil.example"] {
            assert!(gate.admit(&format!("https://{host}/v.mp4")).is_err(), "{host}");
        }
    }

    #[test]
    fn an_allowed_origin_is_an_origin() {
        for text in ["127.0.0.1:9102", "http://127.0.0.1/v", "ftp://a.example", "http://u@a.example", "*", ""]
        {
            let config = Config { allow_media_origins: vec![text.to_owned()], ..Config::default() };
            assert!(Gate::new(&config).is_err(), "{text}");
        }
    }
}
