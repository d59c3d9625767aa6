//! Notebook files are read with one clear error for each mistake, and written with nothing changed but outputs.

use super::*;

fn notebook(cells: &Value) -> Value {
    json!({ "nbformat": 4, "nbformat_minor": 2, "metadata": { "kernelspec": { "language": "rust", "name": "hebb" },
        "author": "someone" }, "cells": cells })
}

fn file(folder: &tempfile::TempDir, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join("notebook.ipynb");
    std::fs::write(&path, content).expect("a file");
    path
}

#[test]
fn each_mistake_has_one_clear_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let failure = |content: &str| {
        let path = file(&folder, content);
        let error = Notebook::read(&path).expect_err("it is no notebook").to_string();
        error.replace(&folder.path().display().to_string(), "FOLDER")
    };
    insta::assert_snapshot!(failure("let x = 1;"), @"
    FOLDER/notebook.ipynb: not JSON: expected value at line 1 column 1
    hint: a notebook is a file that Jupyter saved, with the ending .ipynb
    ");
    insta::assert_snapshot!(failure(""), @"
    FOLDER/notebook.ipynb: not JSON: EOF while parsing a value at line 1 column 0
    hint: a notebook is a file that Jupyter saved, with the ending .ipynb
    ");
    insta::assert_snapshot!(failure("[]"), @"
    FOLDER/notebook.ipynb: not a notebook: the file holds no JSON object
    hint: a notebook is a file that Jupyter saved, with the ending .ipynb
    ");
    insta::assert_snapshot!(failure("{}"), @"
    FOLDER/notebook.ipynb: not a notebook: `nbformat` is missing
    hint: a notebook is a file that Jupyter saved, with the ending .ipynb
    ");
    insta::assert_snapshot!(failure(r#"{"nbformat": 4}"#), @"
    FOLDER/notebook.ipynb: not a notebook: `cells` is missing
    hint: a notebook is a file that Jupyter saved, with the ending .ipynb
    ");
    insta::assert_snapshot!(failure(r#"{"nbformat": 4, "cells": [{}]}"#), @"
    FOLDER/notebook.ipynb: not a notebook: cell 1 has no `cell_type`
    hint: a notebook is a file that Jupyter saved, with the ending .ipynb
    ");
    insta::assert_snapshot!(failure(r#"{"nbformat": 4, "cells": [{"cell_type": "code", "source": [1]}]}"#), @"
    FOLDER/notebook.ipynb: not a notebook: cell 1 has no `source`
    hint: a notebook is a file that Jupyter saved, with the ending .ipynb
    ");
    insta::assert_snapshot!(failure(r#"{"nbformat": 3, "worksheets": []}"#), @"
    FOLDER/notebook.ipynb: nbformat 3, where 4 is needed
    hint: convert it: jupyter nbconvert --to notebook --nbformat 4 FOLDER/notebook.ipynb
    ");
    let python = r#"{"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"language": "python"}}}"#;
    insta::assert_snapshot!(failure(python), @r#"
    FOLDER/notebook.ipynb: a notebook for python, where rust is needed
    hint: choose the kernel "Rust (Hebb)" in Jupyter and save
    "#);
    let missing = |path: &Path| {
        let error = Notebook::read(path).expect_err("nothing to read").to_string();
        error.replace(&folder.path().display().to_string(), "FOLDER")
    };
    insta::assert_snapshot!(missing(&folder.path().join("none.ipynb")), @"
    FOLDER/none.ipynb: No such file or directory (os error 2)
    hint: check the path; notebooks end in .ipynb
    ");
    insta::assert_snapshot!(missing(folder.path()), @"
    FOLDER: Is a directory (os error 21)
    hint: name one notebook, not a folder
    ");
    let binary = file(&folder, [0xff, 0xfe, 0]);
    insta::assert_snapshot!(missing(&binary), @"
    FOLDER/notebook.ipynb: stream did not contain valid UTF-8
    hint: a notebook is a text file in UTF-8
    ");
    let unwritable =
        Notebook::check_writable(&folder.path().join("no/such/out.ipynb")).expect_err("no folder");
    insta::assert_snapshot!(unwritable.to_string().replace(&folder.path().display().to_string(), "FOLDER"), @"
    FOLDER/no/such/out.ipynb: cannot write: No such file or directory (os error 2)
    hint: name a file in a folder that you may write to with -o
    ");
    let unwritable = Notebook::check_writable(folder.path()).expect_err("a folder");
    insta::assert_snapshot!(unwritable.to_string().replace(&folder.path().display().to_string(), "FOLDER"), @"
    FOLDER: cannot write: is a directory
    hint: name a file in a folder that you may write to with -o
    ");
}

#[test]
fn only_outputs_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let cells = json!([
        { "cell_type": "markdown", "source": ["# One\n", "two"], "metadata": { "x": 1 }, "id": "cell-2" },
        { "cell_type": "code", "source": "1", "metadata": { "tags": ["raises-exception"] }, "outputs": [{"old": 1}],
          "execution_count": 7 },
        { "cell_type": "raw", "source": "raw", "metadata": {}, "attachments": {} },
        { "cell_type": "code", "source": ["a\n", "b"], "metadata": { "tags": ["skip-execution"] },
          "outputs": [{"kept": 1}], "execution_count": 2 },
        { "cell_type": "code", "source": "  \n", "metadata": {}, "outputs": [], "execution_count": null },
    ]);
    let path = file(&folder, notebook(&cells).to_string());
    let mut read = Notebook::read(&path).expect("a notebook");
    let code = read.code_cells();
    assert_eq!(code.iter().map(|cell| cell.place).collect::<Vec<_>>(), [1, 3]);
    assert!(code[0].may_fail && !code[0].skip && code[1].skip && !code[1].may_fail);
    assert_eq!(code[1].source, "a\nb");
    assert_eq!(read.prose(), [(0, "# One\ntwo".to_owned())]);
    read.clear_outputs();
    read.fill(1, 1, vec![json!({"new": "ü"})]);
    let out = folder.path().join("out.ipynb");
    read.write(&out).expect("written");
    let written = std::fs::read_to_string(&out).expect("a file");
    assert!(
        written.starts_with("{\n \"cells\": [\n  {\n   \"cell_type\"") && written.ends_with("}\n"),
        "{written}"
    );
    assert!(written.contains('ü'));
    let mut expected = notebook(&cells);
    expected["nbformat_minor"] = 5.into();
    for (place, id) in [(1, "cell-2-1"), (2, "cell-3"), (3, "cell-4"), (4, "cell-5")] {
        expected["cells"][place]["id"] = id.into();
    }
    expected["cells"][1]["outputs"] = json!([{"new": "ü"}]);
    expected["cells"][1]["execution_count"] = 1.into();
    assert_eq!(serde_json::from_str::<Value>(&written).expect("JSON"), expected);
}

#[test]
fn a_file_keeps_its_permissions_and_its_link() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(&folder, notebook(&json!([])).to_string());
    let link = folder.path().join("link.ipynb");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    // Less than a new file has, and more, as in a folder that a course's staff shares.
    for mode in [0o640, 0o666] {
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).expect("permissions");
        Notebook::read(&link)
            .expect("a notebook")
            .write(&link)
            .expect("written");
        assert!(link.is_symlink());
        assert_eq!(
            std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777,
            mode
        );
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("a folder").count(),
        2,
        "nothing is left behind"
    );
}
