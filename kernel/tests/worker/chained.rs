//! Cells that keep their variables by themselves: what one gave back, the next is given.

use std::path::Path;

use hebb_kernel::output::StreamName;
use hebb_kernel::worker::After;

use super::cells::cell;
use super::{Seen, failed, lives_on, ok, worker};

#[test]
fn a_cell_with_a_function_of_its_own_is_given_what_the_last_one_that_succeeded_gave_back() {
    let function = |name: &str, fails: bool| {
        cell(
            name,
            &format!(
                r#"}}
                #[unsafe(no_mangle)]
                pub extern "C" fn chained(last: *mut std::ffi::c_void) -> *mut std::ffi::c_void {{
                    println!("{{}}", last as usize);
                    if {fails} {{ unsafe {{ test_fail() }} }}
                    (last as usize + 10) as *mut std::ffi::c_void"#
            ),
        )
    };
    let (good, bad) = (function("chained", false), function("chained_bad", true));
    let mut worker = worker();
    let mut run = |library: &Path| {
        let mut seen = Seen::default();
        let ran = worker.run_function(library, "chained", &mut seen);
        (ran, seen.text(StreamName::Stdout))
    };
    assert_eq!(run(&good), (ok(), "0\n".into()));
    assert_eq!(run(&bad), (failed("failed"), "10\n".into()));
    assert_eq!(run(&good), (ok(), "10\n".into()));
    let missing = worker.run_function(&good, "no_such_function", &mut Seen::default());
    assert_eq!(missing.after, After::Undone);
    lives_on(&mut worker);
}
