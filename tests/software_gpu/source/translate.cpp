// Walks once over the tokens of a kernel source: finds kernels and device variables for the tables, and makes shared variables
// references into the block's memory.
//
// The whole source is put into a namespace without a name, so that the names of kernels and C's library cannot collide.
// Not modelled: kernel templates, `extern __shared__` outside a function, and inline assembly, so that tensor cores are out of
// reach of a kernel (cuBLAS rounds as they do).
#include "translate.h"

#include <set>
#include <stdexcept>

#include "tokens.h"

namespace software_gpu {
namespace {

struct Kernel {
    std::string name;
    std::string most_threads;
};

class Translator {
  public:
    explicit Translator(const std::string& source) : tokens_(tokens_of(source)) {}

    std::string run() {
        for (at_ = 0; at_ < tokens_.size(); at_++) step();
        std::string text = "namespace {\n";
        for (const Token& token : tokens_) text += token.text;
        return text + "\n" + tables() + "}\n" + exported();
    }

  private:
    enum class Brace { scope, body };

    Token& token() { return tokens_[at_]; }

    void step() {
        if (token().kind == Token::Kind::space) return;
        if (token().is("(")) parentheses_++;
        if (token().is(")")) parentheses_--;
        const bool outside = bodies_ == 0 && parentheses_ == 0;
        if (outside && !analysed_ && (token().is(";") || token().is("{") || token().is("="))) analyse();
        if (token().is("{")) {
            const bool scope = bodies_ == 0 && opens_scope();
            braces_.push_back(scope ? Brace::scope : Brace::body);
            bodies_ += scope ? 0 : 1;
            if (scope) begin_declaration();
        } else if (token().is("}") && !braces_.empty()) {
            bodies_ -= braces_.back() == Brace::body ? 1 : 0;
            braces_.pop_back();
            if (bodies_ == 0) begin_declaration();
        } else if (token().is(";") && bodies_ == 0) {
            begin_declaration();
        } else if (token().is("__shared__")) {
            shared();
        }
    }

    void begin_declaration() {
        start_ = at_ + 1;
        analysed_ = false;
    }

    std::size_t next_token(std::size_t place) const {
        do place++;
        while (place < tokens_.size() && tokens_[place].kind == Token::Kind::space);
        return place;
    }

    std::size_t earlier_token(std::size_t place) const {
        while (place > 0 && tokens_[--place].kind == Token::Kind::space) {
        }
        return place;
    }

    // Behind the parenthesis that closes the one at `place`.
    std::size_t behind_parenthesis(std::size_t place) const {
        int depth = 0;
        for (; place < tokens_.size(); place++) {
            if (tokens_[place].is("(")) depth++;
            if (tokens_[place].is(")") && --depth == 0) return place + 1;
        }
        throw std::runtime_error("a parenthesis is not closed");
    }

    bool opens_scope() const {
        bool is_extern = false;
        for (std::size_t place = start_; place < at_; place++) {
            if (tokens_[place].is("(")) return false;
            if (tokens_[place].is("namespace")) return true;
            if (tokens_[place].is("extern")) is_extern = true;
        }
        return is_extern;
    }

    // A declaration outside functions, up to its body, its value or its end.
    void analyse() {
        analysed_ = true;
        bool variable = false, has_parenthesis = false, is_template = false, is_extern = false;
        std::string most_threads = "0";
        std::size_t global = 0;
        for (std::size_t place = start_; place < at_; place++) {
            const Token& one = tokens_[place];
            if (one.is("__launch_bounds__")) {
                const std::size_t open = next_token(place);
                const std::size_t close = behind_parenthesis(open) - 1;
                most_threads = "";
                for (std::size_t inner = open + 1; inner < close && !tokens_[inner].is(","); inner++) {
                    most_threads += tokens_[inner].text;
                }
                place = close;
                continue;
            }
            if (one.is("template")) is_template = true;
            if (one.is("__global__")) global = place;
            if (one.is("__constant__") || one.is("__device__")) variable = true;
            if (one.is("(")) has_parenthesis = true;
            if (one.is("extern")) is_extern = true;
        }
        if (global != 0) {
            kernel(is_template, most_threads);
        } else if (variable && !has_parenthesis && !is_template && !is_extern) {
            variable_name();
        }
    }

    void kernel(bool is_template, const std::string& most_threads) {
        std::size_t name = 0;
        for (std::size_t place = start_; place < at_; place++) {
            const Token& one = tokens_[place];
            if (one.is("__launch_bounds__") || one.is("__align__") || one.is("__attribute__")) {
                place = behind_parenthesis(next_token(place)) - 1;
            } else if (one.is("extern") && tokens_[next_token(place)].kind == Token::Kind::text) {
                // In a namespace without a name, so C's linkage is not wanted.
                tokens_[next_token(place)].text.clear();
                tokens_[place].text.clear();
            } else if (one.is("(") && name == 0) {
                name = earlier_token(place);
            }
        }
        if (name == 0 || is_template) return;
        const bool is_new = names_.insert(tokens_[name].text).second;
        if (is_new) kernels_.push_back({tokens_[name].text, most_threads});
        for (Kernel& one : kernels_) {
            if (one.name == tokens_[name].text && most_threads != "0") one.most_threads = most_threads;
        }
    }

    void variable_name() {
        std::size_t name = 0;
        for (std::size_t place = start_; place < at_ && !tokens_[place].is("["); place++) {
            if (tokens_[place].kind == Token::Kind::word) name = place;
        }
        if (name != 0 && !tokens_[start_].is("struct")) variables_.push_back(tokens_[name].text);
    }

    void shared() {
        const std::size_t before = earlier_token(at_);
        const std::size_t behind = next_token(at_);
        if (tokens_[before].is("extern") || tokens_[behind].is("extern")) {
            dynamic_shared(tokens_[before].is("extern") ? before : at_);
            return;
        }
        if (bodies_ == 0) throw std::runtime_error("a __shared__ variable outside a function is not modelled");
        if (tokens_[before].is("static")) tokens_[before].text.clear();
        static_shared();
    }

    // `__shared__ T name[2][3];` becomes a type of its own and a reference to what the block has of it. A key for each
    // instance of the function, because the instances of a template have variables of their own.
    void static_shared() {
        const std::size_t first = at_;
        std::string type, name, dimensions, text;
        bool in_type = true;
        const auto finish = [&] {
            if (in_type) type.erase(type.rfind(name));
            in_type = false;
            const std::string own = "software_gpu_type_of_" + name, key = "software_gpu_key_of_" + name;
            text += "typedef " + type + " " + own + dimensions + "; static char " + key + "; " + own + "& " + name +
                    " = ::software_gpu::shared<" + own + ">(&" + key + "); ";
            dimensions.clear();
        };
        token().text.clear();
        for (; !token().is(";"); at_++) {
            if (at_ + 1 >= tokens_.size()) throw std::runtime_error("a __shared__ declaration does not end");
            if (token().is(",") && dimensions.find('(') == std::string::npos) {
                finish();
            } else if (token().is("[") || !dimensions.empty()) {
                dimensions += token().text;
            } else {
                if (token().is("=") || token().is("{")) throw std::runtime_error("a __shared__ variable with a value");
                if (in_type) type += token().text;
                if (token().kind == Token::Kind::word) name = token().text;
            }
            token().text.clear();
        }
        finish();
        token().text.clear();
        tokens_[first].text = text;
    }

    // `extern __shared__ T name[];` becomes a pointer to where the launch has put it.
    void dynamic_shared(std::size_t first) {
        if (bodies_ == 0) throw std::runtime_error("extern __shared__ outside a function is not modelled");
        std::string type, name;
        std::size_t place = first;
        for (; place < tokens_.size() && !tokens_[place].is(";"); place++) {
            Token& one = tokens_[place];
            if (one.is("__align__") || one.is("alignas") || one.is("__attribute__")) {
                const std::size_t end = behind_parenthesis(next_token(place));
                for (; place < end; place++) tokens_[place].text.clear();
                place--;
                continue;
            }
            const bool kept = !one.is("extern") && !one.is("__shared__") && !one.is("[") && !one.is("]");
            if (one.is("[")) break;
            if (kept) type += one.text;
            if (one.kind == Token::Kind::word) name = one.text;
            one.text.clear();
        }
        for (; place < tokens_.size() && !tokens_[place].is(";"); place++) tokens_[place].text.clear();
        type.erase(type.rfind(name));
        tokens_[first].text = type + "* const " + name + " = static_cast<" + type +
                              "*>(::software_gpu::runtime->dynamic_shared())";
    }

    std::string tables() const;

    static std::string exported() {
        return "extern \"C\" __attribute__((visibility(\"default\"))) const ::software_gpu::ModuleTable "
               "software_gpu_module = {sizeof(kernel_records) / sizeof(kernel_records[0]) - 1, kernel_records, "
               "sizeof(global_records) / sizeof(global_records[0]) - 1, global_records, &::software_gpu::position, "
               "&::software_gpu::runtime};\n";
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::size_t start_ = 0;
    bool analysed_ = false;
    int parentheses_ = 0;
    int bodies_ = 0;
    std::vector<Brace> braces_;
    std::vector<Kernel> kernels_;
    std::set<std::string> names_;
    std::vector<std::string> variables_;
};

std::string Translator::tables() const {
    std::string records = "const ::software_gpu::KernelRecord kernel_records[] = {\n";
    for (const Kernel& kernel : kernels_) {
        const std::string signature = "::software_gpu::Signature<decltype(&" + kernel.name + ")>::";
        records += "{\"" + kernel.name + "\", &" + signature + "call<&" + kernel.name + ">, " + signature + "count, " +
                   signature + "sizes, unsigned(" + kernel.most_threads + ")},\n";
    }
    records += "{}};\n";
    std::string globals = "const ::software_gpu::GlobalRecord global_records[] = {\n";
    for (const std::string& name : variables_) {
        globals += "{\"" + name + "\", (void*)&" + name + ", sizeof(" + name + ")},\n";
    }
    return records + globals + "{}};\n";
}

}  // namespace

std::string translate(const std::string& source) { return Translator(source).run(); }

}  // namespace software_gpu
