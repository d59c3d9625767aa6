"""The public conformance suite for Jupyter kernels, with every sample that Hebb can answer.

The suite is its authors' own (jupyter_kernel_test); only the samples are ours.
"""

from __future__ import annotations

import jupyter_kernel_test
from conftest import KERNEL_NAME


class HebbTests(jupyter_kernel_test.KernelTests):
    kernel_name = KERNEL_NAME
    language_name = "rust"
    file_extension = ".rs"

    code_hello_world = 'println!("hello, world");'
    code_stderr = 'eprintln!("a warning");'

    completion_samples = [
        {"text": "Tensor::zero", "matches": {"zeros"}},
        {"text": "let a = Tensor::zeros([2, 3]);\na.matm", "matches": {"matmul"}},
        {"text": "tensor![1., 2.].sum().sof", "matches": {"softmax"}},
        {"text": "let words = vec![String::new()];\nwords[0].push_s", "matches": {"push_str"}},
        {"text": "let größe = 1;\ngröß", "matches": {"größe"}},
        {"text": "use std::collections::HashM", "matches": {"HashMap"}},
        {"text": "printl", "matches": {"println!"}},
        {"text": "Dens", "matches": {"Dense"}},
        {"text": '"Tensor::zer', "matches": set()},
        {"text": "", },
    ]

    complete_code_samples = [
        "1 + 1",
        "let x = 5;",
        'println!("{}", 1);',
        "fn half(x: f32) -> f32 {\n    x / 2.\n}",
        "let words = r#\"({[\"#;",
        "// only a comment",
        "",
        ":vars",
    ]
    incomplete_code_samples = [
        "fn half(x: f32) -> f32 {",
        "let x =",
        "1 +",
        'println!("half',
        "/* still open",
        "fn half(x: f32) -> f32",
        "model.fit(",
    ]
    invalid_code_samples = [")", "fn f() }", "(1]", "let = 5;"]

    code_generate_error = 'panic!("on purpose");'
    code_execute_result = [
        {"code": "1 + 1", "result": "2"},
        {"code": "0.5", "result": "0.5"},
        {"code": '"ab".repeat(2)', "result": '"abab"'},
        {"code": "tensor![[1., 2.], [3., 4.]]", "mime": "text/html"},
        {"code": "Tensor::zeros([32, 32])", "mime": "image/svg+xml"},
    ]
    code_display_data = [
        {"code": "display(&tensor![1., 2.]);", "mime": "text/plain"},
        {"code": "display(&tensor![1., 2.]);", "mime": "text/html"},
        {"code": "display(&Tensor::zeros([32, 32]));", "mime": "image/svg+xml"},
        {"code": "let live = display_live(&tensor![0.]); live.update(&tensor![1.]);", "mime": "text/plain"},
    ]

    code_history_pattern = "1 +?1"
    supported_history_operations = ("tail", "range", "search")

    code_inspect_sample = "Tensor::zeros"
    code_page_something = ":doc Tensor::zeros"
    code_clear_output = 'println!("gone soon");\nhebb_prelude::dl_core::display::host().clear(false);'

    def test_every_sample_is_filled_in(self) -> None:
        """A sample left empty skips a test of the suite in silence."""
        samples = [name for name in dir(jupyter_kernel_test.KernelTests) if name.startswith(("code_", "completion_"))]
        samples += ["complete_code_samples", "incomplete_code_samples", "invalid_code_samples", "language_name"]
        empty = {name for name in samples if not getattr(self, name)}
        self.assertEqual(empty, set())

    def test_inspection_has_signature_and_documentation(self) -> None:
        """In a call the function is explained, in plain text and in Markdown."""
        self.flush_channels()
        code = "let a = Tensor::zeros([2, 3]);\na.matmul("
        contents = []
        for detail in (0, 1):
            self.kc.inspect(code, detail_level=detail)
            reply = self.get_non_kernel_info_reply(timeout=jupyter_kernel_test.TIMEOUT)
            assert reply is not None
            contents.append(reply["content"])
        brief, detailed = (content["data"] for content in contents)
        self.assertIn("fn matmul(&self", brief["text/plain"])
        self.assertIn("```rust", brief["text/markdown"])
        self.assertGreaterEqual(len(detailed["text/plain"]), len(brief["text/plain"]))

    def test_completion_counts_characters_and_gives_types(self) -> None:
        """The cursor counts code points, and what is offered says its kind and signature."""
        self.flush_channels()
        code = 'let größe = "😀"; größe.le'
        self.kc.complete(code)
        reply = self.get_non_kernel_info_reply(timeout=jupyter_kernel_test.TIMEOUT)
        assert reply is not None
        content = reply["content"]
        self.assertEqual(content["matches"], ["len"])
        self.assertEqual((content["cursor_start"], content["cursor_end"]), (len(code) - 2, len(code)))
        typed = content["metadata"]["_jupyter_types_experimental"]
        self.assertEqual([(entry["text"], entry["type"]) for entry in typed], [("len", "method")])
        self.assertEqual(typed[0]["signature"], "fn len(&self) -> usize")

    def test_variables_of_earlier_cells_are_completed(self) -> None:
        """The session's own names, with their types."""
        self.flush_channels()
        reply, _ = self.execute_helper(code="let learned_weights = vec![Tensor::zeros([2])];")
        self.assertEqual(reply["content"]["status"], "ok")
        for code, expected in [("learned_w", "learned_weights"), ("learned_weights[0].sha", "shape")]:
            self.kc.complete(code)
            reply = self.get_non_kernel_info_reply(timeout=jupyter_kernel_test.TIMEOUT)
            assert reply is not None
            self.assertEqual(reply["content"]["matches"], [expected])


class HebbWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = KERNEL_NAME
    support_iopub_welcome = True


def test_history_outlives_the_kernel(start_kernel) -> None:
    """What one session typed, the next one finds, under a lower session number."""
    first = start_kernel()
    first.run("let typed_in_the_first_session = 1;")
    first.client.stop_channels()
    first.manager.shutdown_kernel()
    second = start_kernel()
    second.run("2 + 2")
    reply = second.client.history(
        raw=True, output=True, hist_access_type="search", pattern="*typed_in_the_first*", reply=True, timeout=60
    )
    found = reply["content"]["history"]
    assert [entry[2][0] for entry in found] == ["let typed_in_the_first_session = 1;"]
    tail = second.client.history(raw=True, output=True, hist_access_type="tail", n=1, reply=True, timeout=60)
    session, _, (source, output) = tail["content"]["history"][0]
    assert (source, output) == ("2 + 2", "4")
    assert session > found[0][0]
