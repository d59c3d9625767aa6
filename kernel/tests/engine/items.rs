//! Items and `use`s: remembered, defined anew.

use crate::session::check;

#[test]
fn functions_and_types_are_seen_later() {
    check(&[
        ("fn square(x: i32) -> i32 { x * x }", ""),
        ("square(7)", "=> 49"),
        (
            "#[derive(Debug, Clone)] struct Point { x: f64, y: f64 }\nimpl Point { fn norm(&self) -> f64 { (self.x * self.x + self.y * self.y).sqrt() } }",
            "",
        ),
        ("let p = Point { x: 3.0, y: 4.0 };\np.norm()", "=> 5.0"),
        ("p", "=> Point { x: 3.0, y: 4.0 }"),
    ]);
}
