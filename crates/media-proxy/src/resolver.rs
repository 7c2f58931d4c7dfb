//! From names to addresses. The addresses that were checked are the ones that are connected to: a name that resolves to
//! another address a moment later gains nothing.

use crate::address::is_public;
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A source of addresses.
pub trait Lookup: Debug + Send + Sync + 'static {
    /// The addresses of a host.
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The operating system's resolver.
#[derive(Debug)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    }
}

/// A host has no address on the public internet.
#[derive(Debug, thiserror::Error)]
#[error("the host has no public address")]
pub(crate) struct NotPublic;

/// Resolves a name once, as the connection is made.
pub(crate) struct Resolver {
    pub lookup: Arc<dyn Lookup>,
    pub public_only: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.lookup.lookup(name.as_str().to_owned());
        let public_only = self.public_only;
        Box::pin(async move {
            let mut addresses = found.await?;
            addresses.retain(|address| !public_only || is_public(*address));
            if addresses.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// Gives one answer after the other.
    #[derive(Debug)]
    struct Flips(Mutex<Vec<Vec<IpAddr>>>);

    impl Lookup for Flips {
        fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
            let answer = self.0.lock().unwrap().pop().unwrap_or_default();
            Box::pin(async { Ok(answer) })
        }
    }

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    async fn resolve(resolver: &Resolver) -> Option<Vec<IpAddr>> {
        let found = resolver.resolve("a.example".parse().unwrap()).await;
        found.ok().map(|found| found.map(|address| address.ip()).collect())
    }

    #[tokio::test]
    async fn a_name_that_flips_to_a_private_address_is_refused() {
        let answers = vec![addresses(&["127.0.0.1", "::1"]), addresses(&["8.8.8.8"])];
        let resolver = Resolver { lookup: Arc::new(Flips(Mutex::new(answers))), public_only: true };
        assert_eq!(resolve(&resolver).await, Some(addresses(&["8.8.8.8"])));
        assert_eq!(resolve(&resolver).await, None);
    }

    #[tokio::test]
    async fn private_addresses_among_public_ones_are_left_out() {
        let answers = vec![addresses(&["10.0.0.1", "8.8.8.8", "::ffff:127.0.0.1", "2606:4700::1111"])];
        let resolver = Resolver { lookup: Arc::new(Flips(Mutex::new(answers))), public_only: true };
        assert_eq!(resolve(&resolver).await, Some(addresses(&["8.8.8.8", "2606:4700::1111"])));
    }

    #[tokio::test]
    async fn an_allowed_origin_may_be_anywhere() {
        let answers = vec![addresses(&["127.0.0.1"])];
        let resolver = Resolver { lookup: Arc::new(Flips(Mutex::new(answers))), public_only: false };
        assert_eq!(resolve(&resolver).await, Some(addresses(&["127.0.0.1"])));
    }
}
