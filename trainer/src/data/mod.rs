//! Texts, the teacher's vectors for them, and how they are drawn into batches.

pub mod json_lines;
pub mod pairs;
pub mod parallels;
pub mod split;
pub mod teacher_vectors;
pub mod texts;
pub mod token_lists;
pub mod vectors_file;
pub mod words;
