module podmates.dev/test/apps

go 1.22
