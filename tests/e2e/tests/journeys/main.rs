//! What a person does with Vireo, from the first visit to the bad days. One module for each thing they can see.

mod bad_days;
mod batch;
mod carrying;
mod clock;
mod compare;
mod credits;
mod early;
mod embed;
mod film;
mod first_video;
mod form;
mod guest;
mod hosting;
mod images;
mod installed;
mod joints;
mod kept;
mod keyboard;
mod language;
mod library;
mod long_film;
mod memory;
mod relay;
mod renditions;
mod secrecy;
mod waiting;
