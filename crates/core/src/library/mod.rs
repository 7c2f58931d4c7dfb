//! The library: which videos are shown, which part of a long list stands in the page, and the file it is carried in.

pub mod carry;
pub mod search;
pub mod window;
pub mod zip;
