//! What was spent, and whether the provider fails: one object for all callers, asked before anything paid leaves.

use crate::config::Config;
use crate::message::{Begun, Ended, How, Over, Price};
use crate::now_ms;
use std::cell::RefCell;
use vireo_relay_core::breaker::Turned;
use vireo_relay_core::purse::{Held, Purse};
use worker::{
    DurableObject, Env, Request, Response, Result, State, console_log, console_warn, durable_object,
};

const PURSE: &str = "purse";
const BOUGHT: &str = "bought:";

/// The purse.
#[durable_object]
pub struct PurseObject {
    state: State,
    env: Env,
    purse: RefCell<Option<Purse>>,
}

impl std::fmt::Debug for PurseObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PurseObject").finish_non_exhaustive()
    }
}

impl DurableObject for PurseObject {
    fn new(state: State, env: Env) -> Self {
        PurseObject { state, env, purse: RefCell::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        match request.path().as_str() {
            "/take" => Response::from_json(&self.take(&request.json().await?).await?.err()),
            "/begin" => Response::from_json(&self.begin(&request.json().await?).await?),
            "/ended" => Response::from_json(&self.ended(&request.json().await?).await?),
            "/over" => Response::from_json(&self.over(&request.json().await?).await?),
            "/has" => Response::from_json(&self.has(&request.json::<String>().await?).await?),
            _ => Response::error("not found", 404),
        }
    }
}

impl PurseObject {
    /// Changes the purse, which is read from storage the first time, and stores it.
    async fn change<T>(&self, change: impl FnOnce(&mut Purse) -> T) -> Result<T> {
        if self.purse.borrow().is_none() {
            let stored: Option<String> = self.state.storage().get(PURSE).await?;
            let mut purse: Purse =
                stored.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default();
            purse.budget.limits = Config::read(&self.env).limits.unwrap_or_default();
            // Somebody else may have read it meanwhile.
            self.purse.borrow_mut().get_or_insert(purse);
        }
        let (changed, text) = {
            let mut purse = self.purse.borrow_mut();
            let purse = purse.get_or_insert_default();
            (change(purse), serde_json::to_string(purse)?)
        };
        self.state.storage().put(PURSE, text).await?;
        Ok(changed)
    }

    async fn take(&self, price: &Price) -> Result<std::result::Result<(), Held>> {
        let Price { caller, name, credits } = price;
        let taken = self.change(|purse| purse.take(caller, name, *credits, now_ms())).await?;
        match taken {
            Ok(()) => console_log!("audit: paid, {caller}, {name}, {credits} credits: a paid request leaves"),
            Err(held) => {
                console_warn!(
                    "audit: {held:?}, {caller}, {name}, {credits} credits: a paid request was held back"
                );
            }
        }
        Ok(taken)
    }

    /// For a request of which only the first one costs.
    async fn begin(&self, price: &Price) -> Result<Begun> {
        if self.has(&price.name).await? {
            return Ok(Begun::Looks);
        }
        Ok(match self.take(price).await? {
            Ok(()) => {
                self.state.storage().put(&format!("{BOUGHT}{}", price.name), true).await?;
                Begun::Pays
            }
            Err(held) => Begun::Held(held),
        })
    }

    /// There is nothing more to see of a request: its place is free.
    async fn over(&self, over: &Over) -> Result<()> {
        self.change(|purse| purse.budget.ended(&over.caller, &over.name)).await
    }

    async fn has(&self, name: &str) -> Result<bool> {
        Ok(self.state.storage().get(&format!("{BOUGHT}{name}")).await?.unwrap_or(false))
    }

    async fn ended(&self, ended: &Ended) -> Result<()> {
        let Price { caller, name, credits } = &ended.price;
        if let Some(name) = &ended.bought {
            self.state.storage().put(&format!("{BOUGHT}{name}"), true).await?;
        }
        if matches!(ended.how, How::Withdrawn | How::Refused) {
            self.state.storage().delete(&format!("{BOUGHT}{name}")).await?;
        }
        let turned = self
            .change(|purse| match ended.how {
                How::Withdrawn => {
                    purse.withdraw(caller, name, *credits, now_ms());
                    None
                }
                How::Refused => {
                    purse.refund(caller, name, *credits, now_ms());
                    purse.ended(true, now_ms())
                }
                How::Accepted => purse.ended(true, now_ms()),
                How::Unclear => purse.ended(false, now_ms()),
            })
            .await?;
        match turned {
            Some(Turned::Opened { pause_ms }) => {
                console_warn!(
                    "audit: breaker opened, {pause_ms} ms: the provider fails, paid requests are held back"
                );
            }
            Some(Turned::Closed) => console_log!("audit: breaker closed: the provider answers again"),
            None => {}
        }
        Ok(())
    }
}
