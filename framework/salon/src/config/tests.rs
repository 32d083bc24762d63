use std::{collections::BTreeMap, fs};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tempfile::TempDir;

use super::{AppConfig, Config, ConfigBuilder, ConfigError, Invalid, Secret, Section};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Merge,
    Block,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Collector {
    interval: u64,
    ratio: f64,
}

#[derive(Debug, Serialize, Deserialize)]
struct RoomConfig {
    driver: String,
    lifetime: u32,
    expire_on_close: bool,
    domain: Option<String>,
    limit: Option<u32>,
    hosts: Vec<String>,
    ports: Vec<u16>,
    mode: Mode,
    collector: Collector,
    password: Secret,
    places: BTreeMap<String, Place>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Place {
    url: Secret,
    #[serde(default)]
    size: u8,
}

impl Default for RoomConfig {
    fn default() -> Self {
        Self {
            driver: "file".into(),
            lifetime: 120,
            expire_on_close: false,
            domain: None,
            limit: None,
            hosts: vec!["localhost".into()],
            ports: Vec::new(),
            mode: Mode::Merge,
            collector: Collector { interval: 60, ratio: 0.5 },
            password: Secret::default(),
            places: BTreeMap::new(),
        }
    }
}

impl Section for RoomConfig {
    const NAME: &'static str = "room";
    const SECRETS: &'static [&'static str] = &["password", "places.*.url"];

    fn validate(&self) -> Result<(), Invalid> {
        if self.lifetime == 0 { Err(Invalid::new("lifetime", "must be at least 1 minute")) } else { Ok(()) }
    }
}

/// Creates a folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("config")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn builder(folder: &TempDir) -> ConfigBuilder {
    Config::builder(folder.path()).environment::<String, String>([])
}

fn room(files: &[(&str, &str)], environment: &[(&str, &str)]) -> Result<RoomConfig, ConfigError> {
    builder(&folder(files)).environment(environment.iter().copied()).load()?.section()
}

fn error(files: &[(&str, &str)], environment: &[(&str, &str)]) -> String {
    room(files, environment).unwrap_err().to_string()
}

#[test]
fn without_files_everything_has_its_default() {
    let empty = tempfile::tempdir().unwrap();
    let config = Config::builder(empty.path()).environment::<String, String>([]).load().unwrap();
    let room: RoomConfig = config.section().unwrap();
    assert_eq!((room.driver.as_str(), room.lifetime, room.domain), ("file", 120, None));
    assert_eq!(room.hosts, ["localhost"]);
    config.finish().unwrap();
}

#[test]
fn the_environment_beats_the_dotenv_file_which_beats_the_toml_file() {
    let files = [
        ("config/room.toml", "driver = 'toml'\nlifetime = 1\nexpire_on_close = true\n[collector]\ninterval = 5"),
        (".env", "ROOM_DRIVER=dotenv\nROOM_LIFETIME=2 # minutes\n"),
    ];
    let room = room(&files, &[("ROOM_LIFETIME", "3")]).unwrap();
    assert_eq!((room.driver.as_str(), room.lifetime, room.expire_on_close), ("dotenv", 3, true));
    assert_eq!(room.collector, Collector { interval: 5, ratio: 0.5 });
}

#[test]
fn an_override_beats_them_all_and_the_last_one_wins() {
    let folder = folder(&[("config/room.toml", "driver = 'toml'")]);
    let config = builder(&folder)
        .environment([("ROOM_DRIVER", "environment")])
        .set("room.driver", "first")
        .set("room.driver", "second")
        .set("room", json!({ "collector": { "interval": 9 } }))
        .load()
        .unwrap();
    let room: RoomConfig = config.section().unwrap();
    assert_eq!((room.driver.as_str(), room.collector.interval), ("second", 9));
}

#[test]
fn a_misspelled_choice_is_told_the_choices_and_the_one_that_was_meant() {
    assert_eq!(
        error(&[], &[("ROOM_MODE", "blocks")]),
        "the environment variable `ROOM_MODE` cannot be used: unknown variant `blocks`, expected `merge` or `block` \
         (did you mean `block`?)"
    );
    assert!(error(&[], &[("ROOM_MODE", "wait")]).ends_with("expected `merge` or `block`"));
}

#[test]
fn every_leaf_has_an_environment_name_of_its_type() {
    let environment = [
        ("ROOM_EXPIRE_ON_CLOSE", "yes"),
        ("ROOM_DOMAIN", "example.org"),
        ("ROOM_LIMIT", "7"),
        ("ROOM_HOSTS", "one, two,"),
        ("ROOM_PORTS", "80,443"),
        ("ROOM_MODE", "block"),
        ("ROOM_COLLECTOR_INTERVAL", "10"),
        ("ROOM_COLLECTOR_RATIO", "0.25"),
        ("ROOM_PASSWORD", "12345"),
        ("ROOM_PLACES_MAIN_SIZE", "4"),
    ];
    let room = room(&[("config/room.toml", "[places.main]\nurl = 'a'\nsize = 2")], &environment).unwrap();
    assert!(room.expire_on_close);
    assert_eq!((room.domain.as_deref(), room.limit), (Some("example.org"), Some(7)));
    assert_eq!(room.hosts, ["one", "two"]);
    assert_eq!(room.ports, [80, 443]);
    assert_eq!(room.mode, Mode::Block);
    assert_eq!(room.collector, Collector { interval: 10, ratio: 0.25 });
    assert_eq!(room.password.expose(), "12345");
    assert_eq!(room.places["main"].size, 4);
}

#[test]
fn an_empty_variable_is_no_variable() {
    let room = room(&[(".env", "ROOM_DRIVER=memory")], &[("ROOM_DRIVER", "")]).unwrap();
    assert_eq!(room.driver, "memory");
}

#[test]
fn a_list_in_a_file_takes_the_place_of_the_default_even_when_it_is_empty() {
    let room = room(&[("config/room.toml", "hosts = []")], &[]).unwrap();
    assert!(room.hosts.is_empty());
}

#[test]
fn an_unknown_key_is_refused_with_its_file_and_the_nearest_name() {
    assert_eq!(
        error(&[("config/room.toml", "lifetme = 3")], &[]),
        "config/room.toml: `lifetme` is not a key of this section: did you mean `lifetime`?"
    );
    assert_eq!(
        error(&[("config/room.toml", "[collector]\nintervall = 3")], &[]),
        "config/room.toml: `collector.intervall` is not a key of this section: did you mean `interval`?"
    );
    let listed = error(&[("config/room.toml", "[collector]\ncolour = 3")], &[]);
    assert!(listed.ends_with("use one of `interval`, `ratio`"), "{listed}");
    let config = builder(&folder(&[])).set("room.lifetme", 3).load().unwrap();
    let message = config.section::<RoomConfig>().unwrap_err().to_string();
    assert!(message.starts_with("the override of `room.lifetme` is not a key"), "{message}");
}

#[test]
fn a_value_of_the_wrong_type_is_refused_where_it_stands() {
    assert_eq!(
        error(&[("config/room.toml", "lifetime = 'soon'")], &[]),
        "config/room.toml: `lifetime` cannot be used: invalid type: string \"soon\", expected a whole number, 0 or above"
    );
    assert_eq!(
        error(&[], &[("ROOM_LIFETIME", "soon")]),
        "the environment variable `ROOM_LIFETIME` cannot be used: invalid type: string \"soon\", expected a whole number, 0 or above"
    );
    assert!(error(&[(".env", "ROOM_EXPIRE_ON_CLOSE=maybe")], &[]).starts_with(".env: `ROOM_EXPIRE_ON_CLOSE` cannot"));
    assert!(error(&[], &[("ROOM_PORTS", "80,high")]).starts_with("the environment variable `ROOM_PORTS` cannot"));
    assert!(error(&[], &[("ROOM_PORTS", "80,70000")]).contains("70000"));
    assert!(
        error(&[("config/room.toml", "lifetime = -1")], &[])
            .contains("integer `-1`, expected a whole number, 0 or above")
    );
    // Values that a lenient reader would round, or read as 1.
    assert!(error(&[("config/room.toml", "lifetime = 1.5")], &[]).contains("`lifetime` cannot be used"));
    assert!(error(&[("config/room.toml", "lifetime = true")], &[]).contains("`lifetime` cannot be used"));
    assert!(error(&[("config/room.toml", "mode = 'lock'")], &[]).contains("expected `merge` or `block`"));
    assert!(error(&[("config/room.toml", "hosts = [1]")], &[]).starts_with("config/room.toml: `hosts` cannot be used"));
}

#[test]
fn a_secret_is_shown_by_no_error_no_template_and_no_debug_output() {
    let wrong = [
        error(&[("config/room.toml", "password = ['hunter2']")], &[]),
        error(&[("config/room.toml", "[places.main]\nurl = ['hunter2']")], &[]),
        error(&[("config/room.toml", "[places]\nmain = 'hunter2'")], &[]),
        error(&[("config/room.toml", "password = hunter2")], &[]),
        error(&[(".env", "PASSWORD hunter2")], &[]),
    ];
    for message in wrong {
        assert!(!message.contains("hunter2"), "{message}");
    }
    let text = "password = 'hunter2'\n[places.main]\nurl = 'hunter2'\nsize = 3";
    let config = builder(&folder(&[("config/room.toml", text)])).set("room.driver", "hunter2").load().unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    config.section::<RoomConfig>().unwrap();
    assert_eq!(config.get("room.password"), None);
    assert_eq!(config.get("room.places.main"), Some(json!({ "size": 3 })));
    assert_eq!(config.get("room").unwrap().get("password"), None);
}

#[test]
fn a_value_that_the_section_refuses_is_told_with_its_place() {
    assert_eq!(
        error(&[("config/room.toml", "lifetime = 0")], &[]),
        "config/room.toml: `lifetime` must be at least 1 minute"
    );
    assert_eq!(
        error(&[("config/room.toml", "lifetime = 5"), (".env", "ROOM_LIFETIME=0")], &[]),
        ".env: `ROOM_LIFETIME` must be at least 1 minute"
    );
}

#[test]
fn a_file_that_is_no_toml_is_told_with_line_and_column() {
    let message = error(&[("config/room.toml", "driver = 'file'\nlifetime = = 3\n")], &[]);
    assert!(message.contains("config/room.toml is not valid TOML: line 2, column 12: "), "{message}");
    assert_eq!(message.lines().count(), 1);
    let twice = error(&[("config/room.toml", "driver = 'a'\ndriver = 'b'\n")], &[]);
    assert!(twice.contains("line 2, column 1: duplicate key"), "{twice}");
}

#[test]
fn a_bad_line_of_the_dotenv_file_is_told_by_its_number() {
    for (text, line) in [("A=1\nnonsense\n", 2), ("# A=1\n\nA=1\nB='open\nstill\n", 4), ("A=1\nB=2 3\n", 2), ("=x", 1)]
    {
        let message = error(&[(".env", text)], &[]);
        assert!(message.contains(&format!(".env line {line} cannot be read")), "{message}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_by_name() {
    let folder = folder(&[]);
    fs::write(folder.path().join("config/room.toml"), [0xff, 0xfe]).unwrap();
    let message = builder(&folder).load().unwrap_err().to_string();
    assert!(message.contains("config/room.toml: make sure"), "{message}");
}

#[test]
fn a_name_in_the_dotenv_file_that_is_nearly_one_of_the_section_is_refused() {
    let message = error(&[(".env", "ROOM_LIFTIME=3")], &[]);
    assert!(message.ends_with("did you mean `ROOM_LIFETIME`?"), "{message}");
    // Other programs own the variables of the process's environment.
    room(&[], &[("ROOM_MANAGER", "local/unix")]).unwrap();
    // And a longer section name owns the variables that start with it.
    let files = [("config/room_service.toml", "hours = 3"), (".env", "ROOM_SERVICE_HOURS=4\nOTHER=1")];
    room(&files, &[]).unwrap();
}

#[test]
fn a_file_that_nobody_reads_ends_the_boot() {
    let folder = folder(&[("config/rom.toml", ""), ("config/.#room.toml", "= ="), ("config/notes.txt", "= =")]);
    let config = builder(&folder).load().unwrap();
    config.section::<RoomConfig>().unwrap();
    let message = config.finish().unwrap_err().to_string();
    assert_eq!(message, "config/rom.toml: there is no section `rom`: did you mean `room`?");

    let config = builder(&self::folder(&[])).set("rom.driver", "memory").load().unwrap();
    config.section::<RoomConfig>().unwrap();
    assert!(config.finish().unwrap_err().to_string().starts_with("the override of `rom.driver`: there is no section"));
}

#[test]
fn a_template_gets_what_sections_were_asked_for() {
    let folder = folder(&[("config/app.toml", "name = 'Blog'"), ("config/other.toml", "name = 'x'")]);
    let config = builder(&folder).load().unwrap();
    assert_eq!(config.get("app.name"), None);
    config.section::<AppConfig>().unwrap();
    assert_eq!(config.get("app.name"), Some(json!("Blog")));
    assert_eq!(config.get("app.port"), Some(json!(3000)));
    for key in ["app.key", "app.nonsense", "app.name.more", "other.name", ""] {
        assert_eq!(config.get(key), None, "{key}");
    }
}

#[test]
fn the_dotenv_file_can_be_left_out() {
    let folder = folder(&[(".env", "ROOM_DRIVER=memory")]);
    let driver = |builder: ConfigBuilder| builder.load().unwrap().section::<RoomConfig>().unwrap().driver;
    assert_eq!(driver(builder(&folder)), "memory");
    assert_eq!(driver(builder(&folder).without_dotenv()), "file");
}
