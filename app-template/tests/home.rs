//! STUB
#[test]
fn the_template_has_a_test() {
    assert_eq!(app_template::NAME, "app-template");
}
