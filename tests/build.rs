//! Says whether there is a browser to test with: `tests/run` looks for one, and sets `SALON_CHROMIUM`.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(chromium)");
    println!("cargo::rerun-if-env-changed=SALON_CHROMIUM");
    if std::env::var_os("SALON_CHROMIUM").is_some_and(|value| value == "1") {
        println!("cargo::rustc-cfg=chromium");
    }
}
