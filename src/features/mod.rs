//! What a person does. No feature knows another; they meet in the state.

pub mod activity;
pub mod bar;
pub mod batch;
pub mod comfort;
pub mod compare;
pub mod compose;
pub mod connect;
pub mod credits;
pub mod facts;
pub mod help;
pub mod library;
pub mod newer;
pub mod problems;
pub mod shortcuts;
pub mod snippet;
pub mod storyboard;
pub mod videos;
