//! What can only be done to Chromium, or only asked of it: killing it at an exact point, freezing a tab, taking its
//! storage away, reading what it tells a screen reader, what it notifies.

mod download;
mod faults;
mod killed;
mod network;
mod notification;
mod spoken;
mod storage;
mod tabs;
