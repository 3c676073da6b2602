//! Every parser that takes bytes from outside, fed with damaged and with random bytes.
//!
//! In the test command each target plays its corpus and some thousand mutations of it, from a printed seed. Coverage-guided
//! and for as long as one likes: `.ci/fuzz TARGET SECONDS`, which needs the stable toolchain only. The corpus,
//! `corpus/<target>/`, is small on purpose: one file a shape, and what once broke something.

#[cfg(test)]
mod mutate;
#[cfg(test)]
mod targets;
