//! What a person does. No feature knows another; they meet in the state.

pub mod bar;
pub mod compose;
pub mod connect;
pub mod library;
pub mod videos;
