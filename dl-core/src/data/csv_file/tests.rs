//! What fields mean, file by file; messages for files that do not fit. Files written by pandas are read in
//! `tests/foreign_files.rs`.

use super::*;
use crate::tensor;

fn error(csv: &Csv, text: &str) -> String {
    csv.parse(text).unwrap_err().to_string()
}

#[test]
fn delimiters_quotes_and_line_ends_are_found_out() {
    for text in [
        "a,b\n1,x\n2,y\n",
        "\u{feff}a;b\r\n1;x\r\n2;y\r\n",
        "a\tb\n1\tx\n2\ty",
        "\n\na|b\n 1 | x \n\n2|\"y\"\n",
        "\"a\",\"b\"\n\"1\",x\n\"2\",y\n",
    ] {
        let table = Csv::new().parse(text).unwrap();
        assert_eq!(table.names(), ["a", "b"], "{text:?}");
        assert_eq!(table.column("a").unwrap(), tensor![1., 2.], "{text:?}");
        assert_eq!(table.categories("b").unwrap(), ["x", "y"], "{text:?}");
    }
    let quoted = Csv::new()
        .parse("\"a, or b\";c\n\"one; \"\"two\"\"\nthree\";1\n")
        .unwrap();
    assert_eq!(quoted.names(), ["a, or b", "c"]);
    assert_eq!(quoted.categories("a, or b").unwrap(), ["one; \"two\"\nthree"]);
}

#[test]
fn a_first_line_of_numbers_is_data_unless_told() {
    let bare = Csv::new().parse("1,2\n3,4\n").unwrap();
    assert_eq!((bare.names(), bare.len()), (vec!["column 1", "column 2"], 2));
    let named = Csv::new().header(true).parse("1,2\n3,4\n").unwrap();
    assert_eq!((named.names(), named.len()), (vec!["1", "2"], 1));
    let text = Csv::new().header(false).parse("a,2\nb,4\n").unwrap();
    assert_eq!(
        text.columns(["column 2", "column 1"]).unwrap(),
        tensor![[2., 0.], [4., 1.]]
    );
    let empty = Csv::new().parse("a,b\n").unwrap();
    assert_eq!(
        (empty.is_empty(), empty.columns(["b"]).unwrap().shape()),
        (true, &[0, 1][..])
    );
}

#[test]
fn numbers_are_numbers_in_every_spelling_but_words() {
    let table = Csv::new().parse("x\n-1\n+2.5\n.5\n1e3\n007\n1E-2\n").unwrap();
    assert_eq!(
        table.column("x").unwrap(),
        tensor![-1., 2.5, 0.5, 1000., 7., 0.01]
    );
    let words = Csv::new().parse("x\ninf\nInfinity\n").unwrap();
    assert_eq!(words.categories("x").unwrap(), ["Infinity", "inf"]);
    let comma = Csv::new().decimal(',').parse("x;y\n1,5;2\n").unwrap();
    assert_eq!(comma.columns(["x", "y"]).unwrap(), tensor![[1.5, 2.]]);
}

#[test]
fn missing_values_are_skipped_or_filled_when_told() {
    let text = "a,b\n1,x\n,y\n3,NA\n?,x\n5,x\n";
    let skipped = Csv::new().skip_missing().parse(text).unwrap();
    assert_eq!(skipped.column("a").unwrap(), tensor![1., 5.]);
    assert_eq!(skipped.categories("b").unwrap(), ["x"]);
    let filled = Csv::new().fill_missing(-1.0).parse("a\n1\nNaN\n3\n").unwrap();
    assert_eq!(filled.column("a").unwrap(), tensor![1., -1., 3.]);
}

#[test]
fn numbers_may_be_names() {
    let table = Csv::new()
        .categories(["code"])
        .parse("code,n\n80331,1\n10115,2\nunknown,3\n")
        .unwrap();
    assert_eq!(table.categories("code").unwrap(), ["10115", "80331", "unknown"]);
    assert_eq!(table.column("code").unwrap(), tensor![1., 0., 2.]);
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let csv = Csv::new();
    let told = [
        error(&csv, ""),
        error(&csv, "\n\n"),
        error(&csv, "a,b\n1,2\n3\n"),
        error(&csv, "a,b\n1,2,3\n"),
        error(&csv, "a,b\n1,\"2\n3,4\n"),
        error(&csv, "a,b\n1,2\n\n3,\n"),
        error(&csv, "a,b\n1,2\nNA,4\n"),
        error(&csv, "a,a\n1,2\n"),
        error(&csv, "age\n31\nabout 40\n"),
        error(&csv, "x;y\n1,5;2\n1;2\n"),
        error(&csv, "x\n1e39\n"),
        error(&csv.clone().fill_missing(0.0), "x\na\n\"\"\n"),
        error(&csv.clone().delimiter('\u{20ac}'), "x\n"),
        error(&csv.clone().categories(["z"]), "x,y\n1,2\n"),
        csv.parse_bytes(b"x\n1\n\xff\n", "a.csv").unwrap_err().to_string(),
        csv.parse("a,b\n1,2\n")
            .unwrap()
            .column("c")
            .unwrap_err()
            .to_string(),
        csv.read("/nowhere/a.csv").unwrap_err().to_string(),
        csv.read("/").unwrap_err().to_string(),
        csv.read("/dev/zero").unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    the text: no line with fields
    hint: check that it is the right file

    the text: no line with fields
    hint: check that it is the right file

    the text, line 3: 1 field where 2 are expected
    hint: fields are separated by ',' here; one that contains it must stand in quotation marks

    the text, line 2: 3 fields where 2 are expected
    hint: fields are separated by ',' here; one that contains it must stand in quotation marks

    the text, line 2: a quotation mark is opened there and never closed
    hint: close it, or double it if it is part of the text

    the text, line 4, column "b": the value is missing
    hint: Csv::new().skip_missing() leaves such lines out, .fill_missing(0.0) puts a number there

    the text, line 3, column "a": the value is missing ("NA")
    hint: Csv::new().skip_missing() leaves such lines out, .fill_missing(0.0) puts a number there

    the text, line 1: two columns are called "a"
    hint: rename one of them; if the first line is data, use Csv::new().header(false)

    the text, line 3, column "age": "about 40" is no number, but other lines have numbers there
    hint: correct the field; if the numbers are names only, use Csv::new().categories(["age"])

    the text, line 2, column "x": "1,5" is no number, but other lines have numbers there
    hint: where decimals follow a comma, use Csv::new().decimal(',')

    the text, line 2, column "x": "1e39" is too large a number
    hint: numbers here are f32, up to 3.4e38

    the text, line 3, column "x": the value is missing
    hint: Csv::new().skip_missing() leaves such lines out, .fill_missing(0.0) puts a number there

    the delimiter '€' cannot stand between two fields
    hint: use one plain sign, as in Csv::new().delimiter(';')

    the text: there is no column "z" to take as categories
    hint: its columns are x, y

    a.csv, line 3: a byte that is no UTF-8 text
    hint: save the file as UTF-8; in a spreadsheet: CSV UTF-8

    the table has no column "c"
    hint: its columns are "a", "b"

    /nowhere/a.csv cannot be read: No such file or directory (os error 2)
    hint: check its name

    / cannot be read: it is a directory
    hint: check its name

    /dev/zero cannot be read: it is no ordinary file
    hint: check its name
    "#);
}
