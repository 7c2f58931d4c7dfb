//! What a person does. No feature knows another; they meet in the state.

pub mod bar;
pub mod batch;
pub mod compose;
pub mod connect;
pub mod facts;
pub mod library;
pub mod newer;
pub mod problems;
pub mod snippet;
pub mod storyboard;
pub mod videos;
