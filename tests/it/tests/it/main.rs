//! The engine's bad days, each held to the provider's ledger.

mod submit;
