//! What a person does. No feature knows another; they meet in the state.

pub mod bar;
pub mod batch;
pub mod compare;
pub mod compose;
pub mod connect;
pub mod credits;
pub mod facts;
pub mod library;
pub mod problems;
pub mod snippet;
pub mod storyboard;
pub mod videos;
