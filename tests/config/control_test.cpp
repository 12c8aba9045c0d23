// Who may control the relay, and from where.
#include "faults.hpp"

namespace netplay_relay::config {

TEST_CASE("token and socket are named from the root")
{
    CHECK(accepted(R"({"admin": {"token_file": "/etc/token"}})").token_file == "/etc/token");
    CHECK(accepted(R"({"admin": {"token_file": ""}})").token_file.empty());
    CHECK(accepted(R"({"admin": {"socket": "/run/x/control"}})").admin_socket == "/run/x/control");
    CHECK(accepted(R"({"admin": {"socket": ""}})").admin_socket.empty());
    CHECK(Config{}.token_file.empty());
    CHECK(Config{}.admin_socket.empty());
    check_fault(R"({"admin": {"token_file": "token"}})", "admin.token_file",
                {"must be the path of a file from /"});
    for (const std::string& path : {std::string("control"), std::string("/run/"),
                                    std::string("@abstract"), "/" + std::string(107, 'x')})
        check_fault(R"({"admin": {"socket": ")" + path + "\"}}", "admin.socket",
                    {"must be a path of at most 107 bytes from /"});
    (void)accepted(R"({"admin": {"socket": "/)" + std::string(106, 'x') + "\"}}");
}

TEST_CASE("another token holds after a reload, another socket does not")
{
    Config wanted;
    wanted.token_file = "/x";
    CHECK(keys_for_restart(Config{}, wanted).empty());
    wanted.admin_socket = "/y";
    CHECK(keys_for_restart(Config{}, wanted) == std::vector<std::string>{"admin.socket"});
}

} // namespace netplay_relay::config
