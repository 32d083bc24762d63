//! Salon from the outside: processes, sockets, files, and a browser. A file a feature.

mod browser;
mod concurrency;
mod crashes;
mod drivers;
mod flash;
mod http;
mod races;
mod records;
mod refusals;
mod run;
mod scaffold;
mod session;
mod shortage;
