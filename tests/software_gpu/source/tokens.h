// The tokens of preprocessed C++, with everything between them, so that the text can be put together again.
#pragma once

#include <string>
#include <vector>

namespace software_gpu {

struct Token {
    enum class Kind { space, word, number, text, sign } kind;
    std::string text;
    bool is(const char* other) const { return text == other; }
};

std::vector<Token> tokens_of(const std::string& source);

}  // namespace software_gpu
