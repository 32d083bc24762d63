//! Salon from the outside: processes, sockets, files, and a browser. A file a feature.

mod browser;
mod concurrency;
mod drivers;
mod flash;
mod http;
mod refusals;
mod run;
mod scaffold;
mod session;
