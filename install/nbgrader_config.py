"""nbgrader's settings for exercises in Rust: copy this file into your course directory, and set `course_id`.

Everything else in nbgrader is as it comes: source/, release/, submitted/, autograded/ and feedback/ lie beside this file.
"""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "my-course"
# What stands in a notebook where the solution was. The key is the kernel's language, exactly as the notebook names it.
# The stub compiles in a function of any type, so a cell fails only if it calls a function that is not yet written.
c.ClearSolutions.code_stub = {"rust": '// YOUR CODE HERE\nunimplemented!("your code goes here");'}
c.ClearSolutions.begin_solution_delimeter = "// BEGIN SOLUTION"
c.ClearSolutions.end_solution_delimeter = "// END SOLUTION"
c.ClearHiddenTests.begin_test_delimeter = "// BEGIN HIDDEN TESTS"
c.ClearHiddenTests.end_test_delimeter = "// END HIDDEN TESTS"

# Seconds for one cell; some tests train a network, perhaps on a single busy core.
c.ExecutePreprocessor.timeout = 120
