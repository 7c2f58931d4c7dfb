//! What a person does with Vireo, from the first visit to the bad days. One module for each thing they can see.

mod first_video;
