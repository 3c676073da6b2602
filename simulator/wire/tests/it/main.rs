//! The dialect against the published vectors, both ways, and then against damaged ones.
//!
//! The vectors were recorded from unmodified SDKs and a real recording server (spec alipay/gateway/PROTOCOL.md, H), so
//! nothing here is judged by our own other half alone.

#[cfg(test)]
mod damage;
#[cfg(test)]
mod encrypted;
#[cfg(test)]
mod notifications;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod responses;
#[cfg(test)]
mod v3;
#[cfg(test)]
mod vectors;
