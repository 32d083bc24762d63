//! Salon from the outside: processes, sockets, files, and a browser. A file a feature.

mod blocking;
mod browser;
mod clocks;
mod collector;
mod concurrency;
mod crashes;
mod crowds;
mod drivers;
mod failures;
mod flash;
mod folder;
mod forms;
mod heads;
mod hostile;
mod http;
mod ids;
mod races;
mod records;
mod refusals;
mod renewals;
mod run;
mod scaffold;
mod secrets;
mod servers;
mod session;
mod shortage;
